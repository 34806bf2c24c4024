// A way to an S3 server on which things go wrong: refusals, connections that break before and after a request was done,
// answers that are slow or cut off. Requests pass through unchanged, signatures included.
import { Agent, createServer, request } from "node:http";

export class Trouble {
  constructor(target) {
    Object.assign(this, { target, share: 0, counts: {}, number: 0 });
    this.agent = new Agent({ keepAlive: true });
    this.server = createServer((asked, answer) => this.#pass(asked, answer));
  }
  async listen() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    return this;
  }
  bucket(prefix) {
    return `s3://bucket/${prefix}?endpoint=http://127.0.0.1:${this.port}`;
  }
  close() {
    this.server.closeAllConnections();
    this.server.close();
    this.agent.destroy();
  }
  #fate() {
    // Every so many requests one goes wrong, each way in turn.
    const before = Math.floor(this.number * this.share);
    this.number += 1;
    if (Math.floor(this.number * this.share) === before) return "pass";
    const fate = ["refused", "broken before", "broken after", "slow", "cut"][before % 5];
    this.counts[fate] = (this.counts[fate] ?? 0) + 1;
    return fate;
  }
  #pass(asked, answer) {
    const fate = this.#fate();
    if (fate === "broken before") return asked.socket.destroy();
    if (fate === "refused") {
      asked.resume();
      answer.writeHead(503, { "content-type": "application/xml" });
      return answer.end("<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
    }
    const onward = request({ host: "127.0.0.1", port: this.target, method: asked.method, path: asked.url, headers: asked.headers, agent: this.agent }, (got) => {
      const parts = [];
      got.on("data", (part) => parts.push(part));
      got.on("end", () => {
        if (fate === "broken after") return asked.socket.destroy();
        const send = () => {
          answer.writeHead(got.statusCode, got.headers);
          const body = Buffer.concat(parts);
          if (fate !== "cut" || body.length < 2) return answer.end(body);
          answer.write(body.subarray(0, body.length >> 1), () => asked.socket.destroy());
        };
        if (fate === "slow") setTimeout(send, 200 + Math.random() * 800);
        else send();
      });
    });
    onward.on("error", () => asked.socket.destroy());
    asked.pipe(onward);
  }
}
