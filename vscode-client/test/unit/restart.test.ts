import assert from "node:assert/strict";
import { test } from "node:test";
import type { Found } from "../../src/server/interpreter";
import { Server } from "../../src/server/server";
import { makeRoot, makeStatus } from "./make";

const PYTHON: Found = { executable: "/bin/python3", version: [3, 12], implementation: "CPython", source: "path" };
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

async function soon(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 500, `not within five seconds: ${isSo.toString()}`);
    await pause();
  }
}

/** A client of which a test says when it has started; like the library's it is killed when it is stopped before that. */
class Client {
  phase: "made" | "starting" | "running" | "ended" = "made";
  private settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(private readonly closed: () => void) {}

  onNotification(): void { /* Nothing is told. */ }
  isRunning(): boolean { return this.phase === "running"; }
  sendRequest(): Promise<unknown> { return Promise.resolve(makeStatus(makeRoot())); }

  start(): Promise<void> {
    this.phase = "starting";
    return new Promise((resolve, reject) => { this.settle = { resolve, reject }; });
  }

  started(): void {
    this.phase = "running";
    this.settle?.resolve();
  }

  /** The process ends by itself, or is killed. */
  crash(): void {
    const wasStarting = this.phase === "starting";
    this.phase = "ended";
    this.closed();
    if (wasStarting) {
      this.settle?.reject(new Error("the connection got closed"));
    }
  }

  dispose(): Promise<void> {
    if (this.phase === "starting") {
      setTimeout(() => {
        if (this.phase === "starting") {
          this.crash();
        }
      });
      return Promise.reject(new Error("it is starting"));
    }
    this.phase = "ended";
    return Promise.resolve();
  }
}

class World {
  readonly clients: Client[] = [];
  readonly searches: (() => void)[] = [];
  private readonly output = { info: () => undefined, debug: () => undefined, warn: () => undefined, error: () => undefined };
  readonly server = new Server({ extensionPath: "/e" } as never, this.output as never, {
    find: () => new Promise((resolve) => this.searches.push(() => { resolve({ found: PYTHON, refused: [] }); })),
    make: (_, closed) => {
      const client = new Client(closed);
      this.clients.push(client);
      return Promise.resolve(client as never);
    },
  });

  get phases(): string[] { return this.clients.map(({ phase }) => phase); }

  /** Asks for a server; it is at the search for a Python, or one step further. */
  async begin(until: "searching" | "starting"): Promise<void> {
    void this.server.restart();
    await soon(() => this.searches.length === 1);
    if (until === "starting") {
      this.searches.shift()!();
      await soon(() => this.clients.at(-1)?.phase === "starting");
    }
  }

  /** Every search finds, and every start comes to its end, until there is none. */
  async calm(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet++) {
      const starting = this.clients.filter(({ phase }) => phase === "starting");
      if (this.searches.length || starting.length) {
        quiet = 0;
      }
      this.searches.splice(0).forEach((found) => { found(); });
      starting.forEach((client) => { client.started(); });
      await pause();
    }
  }
}

test("a restart while a server that crashed is started again makes one server", async () => {
  const world = new World();
  await world.begin("starting");
  await world.calm();
  world.clients[0]!.crash();
  await soon(() => world.searches.length === 1);
  assert.equal(world.server.state.phase, "restarting");
  void world.server.restart();
  await world.calm();
  assert.deepEqual([world.phases, world.server.state.phase], [["ended", "running"], "running"]);
});

test("a server that crashes while it starts is started again, and what it did not finish says nothing", async () => {
  const world = new World();
  const stands: string[] = [];
  world.server.onDidChange(({ phase }) => { stands.push(phase); });
  await world.begin("starting");
  world.clients[0]!.crash();
  await world.calm();
  assert.deepEqual([world.phases, stands], [["ended", "running"], ["starting", "restarting", "running"]]);
});

test("a restart does not wait for a server that never comes to its end of starting", async () => {
  const world = new World();
  await world.begin("starting");
  void world.server.restart();
  await soon(() => world.searches.length === 1);
  await world.calm();
  assert.deepEqual([world.phases, world.server.state.phase], [["ended", "running"], "running"]);
});

test("when the extension goes while a Python is looked for, no server is started", async () => {
  const world = new World();
  await world.begin("searching");
  world.server.dispose();
  await world.calm();
  assert.deepEqual(world.clients, []);
});

test("when the extension goes while the server starts, the server goes, too", async () => {
  for (const isQuick of [true, false]) {
    const world = new World();
    await world.begin("starting");
    world.server.dispose();
    if (isQuick) {
      world.clients[0]!.started(); // Just before it would have been killed.
    }
    await soon(() => world.clients[0]!.phase === "ended");
  }
});

test("a server that crashes too often is not started again, and the reason stands", async () => {
  const world = new World();
  await world.begin("starting");
  for (let crashes = 0; crashes < 3; crashes++) {
    await world.calm();
    world.clients.at(-1)!.crash();
  }
  await soon(() => world.searches.length === 1);
  world.searches.shift()!();
  await soon(() => world.clients.at(-1)!.phase === "starting");
  world.clients.at(-1)!.crash();
  await world.calm();
  assert.deepEqual([world.clients.length, world.server.state.phase], [4, "failed"]);
  assert.match(world.server.state.message ?? "", /4 times in three minutes/);
});

test("what goes wrong while a Python is looked for is said", async () => {
  const output = { error: () => undefined };
  const server = new Server({ extensionPath: "/e" } as never, output as never, { find: () => Promise.reject(new Error("no disk")), make: () => assert.fail() });
  await server.restart();
  assert.equal(server.state.phase, "failed");
  assert.match(server.state.message ?? "", /no disk/);
});
