"""on-terminal.py COLUMNS ROWS COMMAND...: runs a command on a terminal of its own and copies what it shows to stdout.

What comes on stdin is typed. SIGINT, SIGTERM and SIGHUP are passed on to the command, SIGUSR1 makes the window 10 columns wider and
5 rows higher; the command's exit code is passed back, 128 + N where signal N ended it. stderr says when the command left the terminal's settings other than it found them.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
screen, terminal = pty.openpty()
# the size must be there before the command looks
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
before = termios.tcgetattr(terminal)
pid = os.fork()
if pid == 0:
    os.close(screen)
    os.login_tty(terminal)
    os.execvp(command[0], command)
os.close(terminal)


def grow(*_):
    size = struct.unpack("HHHH", fcntl.ioctl(screen, termios.TIOCGWINSZ, bytes(8)))
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", size[0] + 5, size[1] + 10, 0, 0))


signal.signal(signal.SIGUSR1, grow)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda received, _: os.kill(pid, received))
sources = [screen, 0]
while True:
    ready = select.select(sources, [], [])[0]
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed:
            os.write(screen, typed)
        else:
            sources.remove(0)
    if screen not in ready:
        continue
    try:
        data = os.read(screen, 65536)
    except OSError:
        break  # EIO: the last process has closed the terminal
    if not data:
        break
    while data:
        data = data[os.write(1, data):]
status = os.waitpid(pid, 0)[1]
if termios.tcgetattr(screen) != before:
    sys.stderr.write("the terminal's settings have changed\n")
sys.exit(os.waitstatus_to_exitcode(status) if status & 127 == 0 else 128 + (status & 127))
