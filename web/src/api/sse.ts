// Reads a stream of server-sent events from text that comes in arbitrary pieces. Pure.
// Source: WHATWG HTML, "Interpreting an event stream".

export interface SseMessage {
  event: string;
  data: string;
}

/** More than this without an empty line is not a stream of ours. */
const kMaximumPending = 64 * 1024 * 1024;

export class SseParser {
  #pending = "";
  #event = "";
  #data: string[] = [];

  /** Take in a piece; returns the messages it completed. errors: throws RangeError on an endless line. */
  push(piece: string): SseMessage[] {
    this.#pending += piece;
    if (this.#pending.length > kMaximumPending) throw new RangeError("event stream: line too long");
    const messages: SseMessage[] = [];
    // A "\r" at the end may be half of a "\r\n": leave it for the next piece.
    const held = this.#pending.endsWith("\r") ? "\r" : "";
    const lines = this.#pending.slice(0, this.#pending.length - held.length).split(/\r\n|\n|\r/);
    this.#pending = (lines.pop() ?? "") + held;
    for (const line of lines) this.#line(line, messages);
    return messages;
  }

  #line(line: string, messages: SseMessage[]): void {
    if (line === "") {
      if (this.#data.length > 0)
        messages.push({ event: this.#event || "message", data: this.#data.join("\n") });
      this.#event = "";
      this.#data = [];
      return;
    }
    if (line.startsWith(":")) return;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
  }
}
