"""closed-terminal.py TEXT COMMAND...: runs a command on a terminal of its own, which is closed once TEXT is on it.

Prints the command's exit code, or the number of the signal that ended it, negative.
"""
import os
import pty
import sys

text, command = sys.argv[1].encode(), sys.argv[2:]
pid, screen = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown = b""
while text not in shown:
    shown += os.read(screen, 65536)
os.close(screen)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
