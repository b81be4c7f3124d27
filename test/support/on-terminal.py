"""on-terminal.py COLUMNS ROWS COMMAND...: runs a command on a terminal of its own and copies what it shows to stdout.

SIGINT and SIGTERM are passed on to the command; its exit code is passed back, 128 + N where signal N ended it.
"""
import fcntl
import os
import pty
import signal
import struct
import sys
import termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
pid, screen = pty.fork()
if pid == 0:
    # the size must be there before the command looks
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(command[0], command)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda received, _: os.kill(pid, received))
while True:
    try:
        data = os.read(screen, 65536)
    except OSError:
        break  # EIO: the last process has closed the terminal
    if not data:
        break
    while data:
        data = data[os.write(1, data):]
sys.exit(os.waitstatus_to_exitcode(status) if (status := os.waitpid(pid, 0)[1]) & 127 == 0 else 128 + (status & 127))
