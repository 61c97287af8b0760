/* The run's socket: a cursor, acknowledgements, and coming back by itself.
   Knows nothing of the page. See docs/protocol.md. */

const QUIET_MS = 13_000; // the server pings every 4 s: three missed ones mean the line is dead
const ACK_FRAMES = 32;
const ACK_MS = 500;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
const REFUSED = new Set([4400, 4401, 4403, 4404, 4410]);

export class RunSocket {
  /** `cursor()` is the number of the last frame taken; `onFrame` may throw to ask for a fresh start. */
  constructor(url, { cursor, onFrame, onLine }) {
    Object.assign(this, { url, cursor, onFrame, onLine });
    this.retry = FIRST_RETRY_MS;
    this.closed = false;
    addEventListener("online", () => this.again(0));
    addEventListener("offline", () => this.onLine("lost"));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.socket?.readyState !== WebSocket.OPEN) this.again(0);
    });
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    if (this.socket?.readyState === WebSocket.CONNECTING) return;
    this.socket?.close();
    const socket = (this.socket = new WebSocket(this.url));
    this.unacked = 0;
    this.listen();
    socket.onopen = () => socket.send(JSON.stringify({ after: this.cursor() }));
    socket.onmessage = ({ data }) => socket === this.socket && this.take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  take(frame) {
    this.listen();
    this.retry = FIRST_RETRY_MS;
    this.onLine("live");
    try {
      this.onFrame(frame);
    } catch (problem) {
      console.warn("council: starting over from the journal", problem);
      this.drop();
      return;
    }
    if (frame.type === "ping") return;
    if (++this.unacked >= ACK_FRAMES) this.acknowledge();
    else this.ackTimer ??= setTimeout(() => this.acknowledge(), ACK_MS);
  }

  acknowledge() {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    this.unacked = 0;
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ ack: this.cursor() }));
    }
  }

  /* A dead line says nothing: no word for too long is the only sign. */
  listen() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.drop(), QUIET_MS);
  }

  drop() {
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.lost(0);
  }

  lost(code) {
    clearTimeout(this.quiet);
    if (REFUSED.has(code)) {
      this.closed = true;
      this.onLine("refused", code);
      return;
    }
    this.onLine("lost");
    this.again(this.retry * (0.5 + Math.random()));
    this.retry = Math.min(this.retry * 2, LAST_RETRY_MS);
  }

  again(ms) {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), ms);
  }
}
