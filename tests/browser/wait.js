// Waiting for conditions.
import { setTimeout as sleep } from "node:timers/promises";

/** Asks `condition` until it answers with something true, and gives that back; throws after `seconds`. */
export async function waitFor(what, condition, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await condition();
    if (answer) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${seconds} s until ${what}`);
    }
    await sleep(50);
  }
}
