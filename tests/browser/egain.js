// A stand-in for eGain's conversation API, version 3, on loopback, and the exporter that asks it.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Daemon } from "./daemon.js";
import { freePort } from "./ports.js";

/** What the vendor says of an entry point, by the last part of the address. */
const ANSWERS = {
  chatallowed: ({ agents }) => (agents ? { allowed: true } : { allowed: false, reason: "agent_not_available" }),
  livesessionstatus: ({ waiting }) => ({ waitTime: 10, queueDepth: waiting }),
};

/** Starts a vendor; `entryPoint(id, round)` says for each time that it is asked whether there are `agents`, and how many are `waiting`. */
async function startVendor(entryPoint) {
  const rounds = new Map();
  const vendor = createServer((request, response) => {
    const [, id, check] = /\/entrypoint\/(\d+)\/(\w+)$/.exec(request.url) ?? [];
    const round = (rounds.get(request.url) ?? 0) + 1;
    rounds.set(request.url, round);
    const answer = ANSWERS[check]?.(entryPoint(Number(id), round));
    response.writeHead(answer === undefined ? 404 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  return vendor;
}

/** The keys that make a target of entry points; `points` are their numbers. */
export function egainTarget(port, points) {
  const list = points.map((id) => `{ id: ${id}, name: Queue ${id} }`).join(", ");
  return `egain:
      base_url: http://127.0.0.1:${port}/conversation/messagerouter/v3
      api: v3
      checks: [chat_allowed, live_session_status]
      entry_points: [${list}]`;
}

/** An exporter with such a vendor: `configuration(port)` is its configuration file. Stops both by `stop`. */
export async function withVendor(entryPoint, configuration, seconds = 60) {
  const directory = mkdtempSync(join(tmpdir(), "webchat-egain-"));
  const vendor = await startVendor(entryPoint);
  const end = () => {
    vendor.closeAllConnections();
    vendor.close();
    rmSync(directory, { recursive: true });
  };
  try {
    const file = join(directory, "webchat_exporter.yml");
    writeFileSync(file, configuration(vendor.address().port));
    const daemon = await Daemon.ready(await freePort(), ["--log.level=error", `--config.file=${file}`], seconds);
    return { daemon, stop: () => daemon.stop().finally(end) };
  } catch (error) {
    end();
    throw error;
  }
}
