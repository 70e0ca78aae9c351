// Ports of loopback for servers of the tests.
import { once } from "node:events";
import { createServer } from "node:net";

/** Below those that systems give to outgoing connections, one of which could otherwise have the port before the server listens. */
const FIRST = 12_000;
const PORTS = 32_768 - FIRST;
const PORTS_PER_PROCESS = 64;

let count = 0;

/** A port of 127.0.0.1 that nobody listens on, another one each time; processes side by side start at different places. */
export async function freePort() {
  for (;;) {
    const port = FIRST + ((process.pid * PORTS_PER_PROCESS + count) % PORTS);
    count += 1;
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      if (error.code === "EADDRINUSE") {
        continue;
      }
      throw error;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
