"use strict";

// Loaded only where somebody has signed in: it sends the key that this tab keeps, and forgets it on demand.
const session = (() => {
  const KEPT_AS = "arbiter:key";
  const key = window.sessionStorage.getItem(KEPT_AS);

  // Headers that were typed into the page come first, as they do without a session.
  function send(address, { headers, ...how } = {}) {
    const sent = new Headers(headers);
    if (key && !sent.has("authorization") && !sent.has("x-api-key")) sent.set("authorization", `Bearer ${key}`);
    return fetch(address, { ...how, headers: sent });
  }

  function leave() {
    window.sessionStorage.removeItem(KEPT_AS);
    window.location.reload();
  }

  async function follow(address, operation, sink, signal) {
    const headers = { accept: "text/event-stream", "content-type": "application/json" };
    const response = await send(address, { method: "POST", headers, body: JSON.stringify(operation), signal });
    if (!response.ok) throw new Error((await response.text()) || `HTTP ${response.status}`);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let waiting = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const blocks = (waiting + value).split("\n\n");
      waiting = blocks.pop();
      for (const block of blocks) {
        const event = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s)));
        if (event.event === "next") sink.next(JSON.parse(event.data));
        if (event.event === "complete") return;
      }
    }
    throw new Error("the server has ended the subscription: run it again");
  }

  // In the shape of a WebSocket client. A WebSocket of a browser carries no header, a stream of events does.
  function subscriptions(address) {
    return {
      subscribe(operation, sink) {
        const stop = new AbortController();
        follow(address, operation, sink, stop.signal).then(
          () => sink.complete(),
          (error) => (stop.signal.aborted ? sink.complete() : sink.error(error)),
        );
        return () => stop.abort();
      },
    };
  }

  return { send, leave, subscriptions };
})();
