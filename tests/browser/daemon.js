// The exporter as a child process on loopback; each is ended by its own process id.
import { spawn } from "node:child_process";
import { once } from "node:events";

import { freePort } from "./ports.js";
import { waitFor } from "./wait.js";

const LOG_LINES_SHOWN = 20;
/** A busy time of the demo's day: no test depends on the hour at which it runs. */
const TIME_OF_DAY = "10:30";

/** This environment without proxies and without settings of the exporter. */
function cleanEnvironment() {
  const isForeign = (name) => /_proxy$/i.test(name) || name.startsWith("WEBCHAT_EXPORTER_");
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)));
}

/** A running exporter: `origin` is where it listens. */
export class Daemon {
  constructor(port, flags) {
    this.port = port;
    this.flags = flags;
    this.origin = `http://127.0.0.1:${port}`;
    this.start();
  }

  /** Starts the demo and waits until every target was polled. */
  static async demo(...flags) {
    return Daemon.ready(await freePort(), ["demo", "--seed=7", `--time-of-day=${TIME_OF_DAY}`, ...flags]);
  }

  /** Starts the exporter with these flags on a port and waits until every target was polled. */
  static async ready(port, flags, seconds = 60) {
    const daemon = new Daemon(port, flags);
    try {
      await daemon.waitUntilReady(seconds);
    } catch (error) {
      await daemon.stop();
      throw error;
    }
    return daemon;
  }

  start() {
    this.log = "";
    this.child = spawn(process.env.BROWSER_TEST_BINARY, [...this.flags, `--web.listen-address=127.0.0.1:${this.port}`], {
      env: cleanEnvironment(),
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.ended = once(this.child, "exit");
    this.child.stderr.setEncoding("utf8").on("data", (text) => {
      this.log = (this.log + text).split("\n").slice(-LOG_LINES_SHOWN).join("\n");
    });
    // A test process that dies must not leave it behind.
    this.killer = () => this.child.kill("SIGKILL");
    process.once("exit", this.killer);
  }

  async waitUntilReady(seconds = 60) {
    const isReady = async () => {
      if (this.child.exitCode !== null) {
        throw new Error(`the exporter ended with code ${this.child.exitCode}\n${this.log}`);
      }
      try {
        return (await fetch(`${this.origin}/-/ready`)).ok;
      } catch {
        return false;
      }
    };
    await waitFor(`${this.origin}/-/ready answers 200`, isReady, seconds);
  }

  /** The status of everything, as `/api/v1/status` has it. */
  async status() {
    return (await fetch(`${this.origin}/api/v1/status`)).json();
  }

  /** Stops it as an operator would; `start` starts it again on the same port. */
  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      const killer = setTimeout(this.killer, 15_000);
      await this.ended;
      clearTimeout(killer);
    }
    process.removeListener("exit", this.killer);
  }
}
