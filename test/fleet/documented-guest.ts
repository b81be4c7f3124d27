import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";

/**
 * Makes a Debian guest, for `sh -s` there as root, one of which the lines of the documents are true: a user alice with the same
 * key as root, nginx, something that listens on port 80, and programs of packages that it has not.
 */
export const makeDocumented = `set -e
id alice >/dev/null 2>&1 || useradd -m -s /bin/bash -p '*' alice
install -d -o alice -g alice -m 700 /home/alice/.ssh
install -o alice -g alice -m 600 /root/.ssh/authorized_keys /home/alice/.ssh/authorized_keys
echo remember >/home/alice/notes.txt
mkdir -p /srv /var/log/nginx; echo GET >/var/log/nginx/access.log
printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n' >/etc/systemd/system/nginx.service
systemctl daemon-reload; systemctl start nginx
cat >/usr/local/bin/uptime <<'X'
#!/bin/sh
cat /proc/uptime
X
cat >/usr/local/bin/top <<'X'
#!/bin/bash
test -t 0 && test -t 1 || exit 9
echo "q leaves"
while read -rsn1 key; do [ "$key" = q ] && exit 0; done
X
chmod 755 /usr/local/bin/uptime /usr/local/bin/top
/usr/sbin/sshd -p 80 || :
`;

/** The files that these lines copy. */
export async function makeFiles(directory: string): Promise<void> {
  await mkdir(join(directory, "site"), { recursive: true });
  await writeFile(join(directory, "site/index.html"), "hello\n");
  await writeFile(join(directory, "site.tar"), "a tar file\n");
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** The first that a server on this machine says. */
export async function greetingOf(port: number): Promise<string> {
  const socket = createConnection(port, "127.0.0.1");
  const [said] = await once(socket, "data");
  socket.destroy();
  return String(said);
}
