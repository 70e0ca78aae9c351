// Shows the chat link of a page only while the channel's health check passes.
"use strict";

{
  const TIMEOUT = 3000;      // milliseconds that an answer may take
  const INTERVAL = 30000;    // milliseconds between two questions

  const chat = document.getElementById("chat");
  const noChat = document.getElementById("no-chat");

  // True only on good news: 200 stands for pass and warn, 503 for fail, 404 for an unknown channel.
  async function chatIsAvailable() {
    try {
      const answer = await fetch(chat.dataset.health, {
        credentials: "omit",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      return answer.ok;
    } catch {
      return false;          // no answer, too late, or not allowed to read it
    }
  }

  async function update() {
    const available = await chatIsAvailable();
    chat.hidden = !available;
    noChat.hidden = available;
    setTimeout(update, INTERVAL);
  }

  update();
}
