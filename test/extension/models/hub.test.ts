// Downloads a model from a local Hub server.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { describeModel, downloadModel } from "../../../src/extension/models/hub.ts";

const weights = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
const files: Record<string, Buffer> = {
  "config.json": Buffer.from('{"model_type": "bert"}'),
  "vocab.txt": Buffer.from("[PAD]\n"),
  "model.safetensors": weights,
  "pytorch_model.bin": Buffer.alloc(10),
  "onnx/model.onnx": Buffer.alloc(10),
  "LICENSE/../../evil": Buffer.alloc(10),
  "LICENSE.txt": Buffer.from("MIT"),
};
let server: Server;
let endpoint: string;
let asked: string[] = [];
/** What the server sends in place of a file. */
let sent: Record<string, Buffer> = {};
let odd: object = {};
const half = { sha: "abc", siblings: [{ rfilename: "model.safetensors", size: 1 }] };
/** The file in whose middle the server hangs up. */
let broken = "";
const folder = mkdtempSync(path.join(tmpdir(), "masklens-hub-"));
const target = path.join(folder, "model");

const git = (bytes: Buffer) => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

before(async () => {
  server = createServer(({ url, headers }, response) => {
    asked.push(`${url} ${headers.range ?? ""}`.trim());
    const answer = { "/api/models/org/odd?blobs=true": odd, "/api/models/org/half?blobs=true": half }[url!];
    if (answer) return response.end(JSON.stringify(answer));
    if (url === "/api/models/org/page?blobs=true") return response.end("<html>Log in first</html>");
    if (url === "/api/models/org/bare?blobs=true") return response.end(JSON.stringify({ sha: "abc", siblings: [] }));
    if (url === "/api/models/org/tiny?blobs=true") {
      const siblings = Object.entries(files).map(([rfilename, bytes]) => ({
        rfilename,
        size: bytes.length,
        blobId: git(bytes),
        ...(bytes === weights && { lfs: { sha256: sha256(bytes) } }),
      }));
      return response.end(JSON.stringify({ sha: "abc", siblings }));
    }
    const name = /^\/org\/tiny\/resolve\/abc\/(.*)$/.exec(url!)?.[1] ?? "";
    const bytes = sent[name] ?? files[name];
    if (!bytes) return response.writeHead(404).end();
    const from = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from ? 206 : 200, { "Content-Length": bytes.length - from });
    if (name === broken) response.write(bytes.subarray(from, from + 100_000), () => response.destroy());
    else response.end(bytes.subarray(from));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  rmSync(target, { recursive: true, force: true });
  asked = [];
  sent = {};
  broken = "";
});

test("a model is described by the files that it needs and no others", async () => {
  const model = await describeModel("org/tiny", endpoint);
  assert.deepEqual(model.files.map(({ name }) => name).sort(), [
    ...["LICENSE.txt", "config.json", "model.safetensors", "vocab.txt"],
  ]);
  assert.equal(
    model.bytes,
    model.files.reduce((sum, { name }) => sum + files[name]!.length, 0),
  );
});

test("a downloaded model is there byte for byte, its config last", async () => {
  let count = 0;
  const model = await describeModel("org/tiny", endpoint);
  await downloadModel(model, target, { onBytes: (bytes) => (count += bytes) });
  for (const { name } of model.files) assert.deepEqual(readFileSync(path.join(target, name)), files[name]);
  assert.equal(count, model.bytes);
  assert.match(asked.at(-1)!, /config\.json$/);
});

test("a download that was cut off goes on where it stopped, and what is whole is not fetched again", async () => {
  const model = await describeModel("org/tiny", endpoint);
  await downloadModel(model, target);
  rmSync(path.join(target, "model.safetensors"));
  writeFileSync(path.join(target, "model.safetensors.part"), weights.subarray(0, 100_000));
  asked = [];
  await downloadModel(model, target);
  assert.deepEqual(asked, ["/org/tiny/resolve/abc/model.safetensors bytes=100000-"]);
  assert.deepEqual(readFileSync(path.join(target, "model.safetensors")), weights);
});

for (const [what, bytes] of [
  ["changed in one bit", Buffer.concat([Buffer.of(1), weights.subarray(1)])],
  ["too short", weights.subarray(0, 50)],
  ["too long", Buffer.concat([weights, weights])],
] as const)
  test(`weights that are ${what} are refused and leave no model`, async () => {
    sent["model.safetensors"] = bytes;
    const model = await describeModel("org/tiny", endpoint);
    await assert.rejects(
      downloadModel(model, target),
      /does not match the size or checksum that the Hub lists; try again/,
    );
    for (const name of ["model.safetensors", "model.safetensors.part", "config.json"])
      assert.ok(!existsSync(path.join(target, name)), name);
  });

test("a download of which nothing is left leaves no folder either, but for one that was there", async () => {
  const model = await describeModel("org/tiny", endpoint);
  const only = { ...model, files: model.files.filter(({ name }) => name === "model.safetensors") };
  sent["model.safetensors"] = weights.subarray(0, 50);
  await assert.rejects(downloadModel(only, path.join(target, "a", "b")), /does not match the size or checksum/);
  assert.ok(!existsSync(target));
  mkdirSync(path.join(target, "a"), { recursive: true });
  await assert.rejects(downloadModel(only, path.join(target, "a", "b")), /does not match the size or checksum/);
  assert.deepEqual(readdirSync(target, { recursive: true }), ["a"]);
});

test("a connection that breaks says so and keeps what has come", async () => {
  broken = "model.safetensors";
  const model = await describeModel("org/tiny", endpoint);
  await assert.rejects(
    downloadModel(model, target),
    /model\.safetensors: the connection was lost .*; try again to resume/,
  );
  const part = path.join(target, "model.safetensors.part");
  assert.deepEqual(readFileSync(part), weights.subarray(0, readFileSync(part).length));
});

test("what lies where a download is written is not written through: a link, a second name, a folder", async () => {
  const model = await describeModel("org/tiny", endpoint);
  const part = path.join(target, "model.safetensors.part");
  const victim = path.join(path.dirname(target), "victim");
  mkdirSync(target, { recursive: true });
  writeFileSync(victim, "precious");
  const spoilt: [spoil: () => void, said: RegExp][] = [
    [() => symlinkSync(victim, part), /\.part: this is a symbolic link, and .*; delete it if you do not trust/],
    [() => linkSync(victim, part), /\.part: this is not a regular file, or it has a second name elsewhere/],
    [() => mkdirSync(part), /\.part: a folder with that name already exists; delete it/],
  ];
  for (const [spoil, said] of spoilt) {
    spoil();
    await assert.rejects(downloadModel(model, target), said);
    assert.equal(readFileSync(victim, "utf8"), "precious");
    rmSync(part, { recursive: true, force: true });
  }
});

test("a folder that cannot be made is told in a sentence", async () => {
  const model = await describeModel("org/tiny", endpoint);
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  await assert.rejects(downloadModel(model, path.join(file, "model")), /model: its folder is a file; choose another/);
});

test("what has come whole but not yet under its name is not fetched again", async () => {
  const model = await describeModel("org/tiny", endpoint);
  await downloadModel(model, target);
  renameSync(path.join(target, "model.safetensors"), path.join(target, "model.safetensors.part"));
  asked = [];
  await downloadModel(model, target);
  assert.deepEqual(asked, []);
  assert.deepEqual(readFileSync(path.join(target, "model.safetensors")), weights);
});

test("an answer that is no model's description is refused, and so is a model without a config", async () => {
  for (odd of [{ sha: 1, siblings: [] }, { sha: "../up", siblings: [] }, { sha: "abc", siblings: null }, {}])
    await assert.rejects(
      describeModel("org/odd", endpoint),
      /the response is not a model description; set HF_ENDPOINT to another Hub/,
    );
  await assert.rejects(describeModel("org/page", endpoint), /the response is not a model description/);
  await assert.rejects(describeModel("org/half", endpoint), /org\/half has no config\.json; choose a model/);
});

test("each thing that can be wrong with a name or a Hub has its own sentence", async () => {
  await assert.rejects(
    describeModel("org/none", endpoint),
    /the model org\/none does not exist or requires an account/,
  );
  await assert.rejects(describeModel("org/bare", endpoint), /org\/bare has no safetensors weights/);
  for (const id of ["../etc/passwd", "../up", "org/..", "https://huggingface.co/org/tiny"])
    await assert.rejects(describeModel(id, endpoint), /is not a model name; use the form ORGANIZATION\/NAME/);
  await assert.rejects(describeModel("org/tiny", "http://127.0.0.1:1"), /the Hub cannot be reached .*connection/);
});

test("an aborted download rejects with the reason, and takes away what it has made and nothing else", async () => {
  const model = await describeModel("org/tiny", endpoint);
  const abort = async (at: string) => {
    const controller = new AbortController();
    const onBytes = (_: number, file: string) => file === at && controller.abort(new Error("no more"));
    await assert.rejects(downloadModel(model, target, { onBytes, signal: controller.signal }), { message: "no more" });
  };
  await abort("model.safetensors");
  assert.ok(!existsSync(target));

  mkdirSync(target);
  const before = ["LICENSE.txt", "model.safetensors.part"];
  writeFileSync(path.join(target, "LICENSE.txt"), files["LICENSE.txt"]!);
  writeFileSync(path.join(target, "model.safetensors.part"), weights.subarray(0, 100_000));
  await abort("model.safetensors");
  assert.deepEqual(readdirSync(target).sort(), before);
});
