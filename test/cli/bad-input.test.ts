import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { decodeSafetensors, encodeSafetensors, type TensorBytes } from "../../src/safetensors.ts";
import { filesIn, folder, masklens, model, ROWS, refuses, TINY, task, training } from "./run.ts";

const config = JSON.parse(readFileSync(path.join(TINY, "config.json"), "utf8"));
const weights = readFileSync(path.join(TINY, "model.safetensors"));

/** Training on a model with these files in place of its own. */
async function refusesModel(files: Record<string, string | Uint8Array>, sentence: RegExp): Promise<void> {
  const out = path.join(folder(), "run");
  await refuses(training(out, { base: model(files) }), sentence, out);
}

/** Training on a task with these keys and files. */
async function refusesTask(
  keys: Record<string, unknown>,
  files: Record<string, string | Uint8Array>,
  sentence: RegExp,
): Promise<void> {
  const out = path.join(folder(), "run");
  await refuses(training(out, { file: task(keys, files) }), sentence, out);
}

/** The tiny model's file with some tensors changed. */
function rewritten(change: (tensors: TensorBytes[]) => TensorBytes[]): Buffer {
  const { header, bytesOf } = decodeSafetensors(weights, "model.safetensors");
  const tensors = [...header.entries.values()].map(({ name, type, shape }) => ({
    ...{ name, type, shape },
    bytes: bytesOf(name).slice(),
  }));
  return Buffer.concat(encodeSafetensors(change(tensors), header.metadata));
}

/** A safetensors file with this header, as it stands, and so many bytes of data. */
function withHeader(header: unknown, data: number, length?: number): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(length ?? json.length));
  return Buffer.concat([size, json, Buffer.alloc(data)]);
}

test("a model without model_type is refused", () =>
  refusesModel(
    { "config.json": JSON.stringify({ ...config, model_type: undefined }) },
    /config\.json, model_type: .*missing/,
  ));

test("a model of another kind is refused, naming the kinds that are read", () =>
  refusesModel({ "config.json": JSON.stringify({ ...config, model_type: "xlnet" }) }, /config\.json.*xlnet.*bert/));

test("a git-lfs pointer in place of the weights is refused", () =>
  refusesModel(
    {
      "model.safetensors": "version https://git-lfs.github.com/spec/v1\noid sha256:4b5b\nsize 31036928\n",
    },
    /model\.safetensors: .*git-lfs pointer/,
  ));

test("truncated weights are refused", () =>
  refusesModel(
    { "model.safetensors": weights.subarray(0, weights.length - 100) },
    /model\.safetensors.*(bytes|ends|short)/,
  ));

test("a header of over 25 MB is refused", () =>
  refusesModel({ "model.safetensors": withHeader({}, 100, 26_000_000) }, /model\.safetensors: .*header.*26,?000,?000/));

test("overlapping tensors are refused, naming one", () =>
  refusesModel(
    {
      "model.safetensors": withHeader(
        {
          a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
          b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
        },
        12,
      ),
    },
    /model\.safetensors, tensor b: /,
  ));

test("weights that are no numbers are refused, naming tensor and place", async () => {
  const out = path.join(folder(), "run");
  const name = "encoder.layer.1.output.dense.weight";
  const broken = rewritten((tensors) => {
    const tensor = tensors.find((t) => t.name.endsWith(name))!;
    new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset).setFloat32(4 * 65, Number.NaN, true);
    return tensors;
  });
  const { code, err } = await masklens(training(out, { base: model({ "model.safetensors": broken }) }));
  assert.equal(code, 2, err);
  assert.match(
    err,
    /model\.safetensors, tensor encoder\.layer\.1\.output\.dense\.weight: the value at \[1, 1\] is NaN; /,
  );
  assert.deepEqual(
    filesIn(out).filter((file) => file.endsWith(".safetensors")),
    [],
  );
});

test("a tokenizer with ids beyond the embedding is refused", () => {
  const tokenizer = JSON.parse(readFileSync(path.join(TINY, "tokenizer.json"), "utf8"));
  tokenizer.model.vocab.beyond = 5000;
  return refusesModel({ "tokenizer.json": JSON.stringify(tokenizer) }, /tokenizer\.json: .*5000.*180/);
});

test("an unknown key in a task file is refused, with what was perhaps meant", () =>
  refusesTask({ metrik: "accuracy" }, {}, /tiny\.task\.json, metrik: unknown key "metrik"; did you mean "metric"/));

test("a missing column is refused, naming the columns that are there", () =>
  refusesTask({ columns: { text: "sentence" } }, {}, /rows\.csv.*"?sentence"?.*; .*text/));

test("one class only is refused", () => {
  const rows = `text,label\n${ROWS.map(({ text }) => `${text},yes`).join("\n")}\n`;
  return refusesTask(
    {},
    { "rows.csv": rows },
    /rows\.csv, column label: all examples have the same label, "yes"; use data in which at least two/,
  );
});

test("a validation label that training never has is refused, naming row and label", () =>
  refusesTask(
    { files: { train: "rows.csv", validation: "v.csv" } },
    { "v.csv": "text,label\ngood film,yes\nbad dog,maybe\n" },
    /v\.csv, line 3.*maybe/,
  ));

test("an empty file is refused", () => refusesTask({}, { "rows.csv": "" }, /rows\.csv: the file is empty; /));

test("invalid UTF-8 is refused, naming line and byte", () =>
  refusesTask(
    {},
    { "rows.csv": Buffer.concat([Buffer.from("text,label\ngood,yes\nb"), Buffer.from([0xff]), Buffer.from("d,no\n")]) },
    /rows\.csv, line 3: byte \d+ of the file \(0xff\) is not valid UTF-8/,
  ));

test("a row with an unclosed quote is refused, naming its line", () =>
  refusesTask(
    {},
    { "rows.csv": `text,label\n"good film,yes\n${ROWS.map(({ text }) => `${text},no`).join("\n")}\n` },
    /rows\.csv, line 2: .*quote/,
  ));

test("a byte order mark and Windows line ends are read", async () => {
  const rows = `\uFEFFtext,label\r\n${ROWS.map(({ text, label }) => `${text},${label}`).join("\r\n")}\r\n`;
  const { code, out } = await masklens(["info", task({}, { "rows.csv": rows }), "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).labels, ["no", "yes"]);
});

test("a layer range that matches no matrix is refused", async () => {
  const out = path.join(folder(), "run");
  await refuses(training(out, {}, "--layers", "7-9"), /layers: .*7-9.*; choose from layers 0 to 2/, out);
});

test("a learning rate that is no number is refused, naming the flag", async () => {
  const out = path.join(folder(), "run");
  await refuses(
    training(out, {}, "--learning-rate", "NaN"),
    /--learning-rate: "NaN" .*; use a number greater than 0/,
    out,
  );
});

/** Trains a mask once for the tests below. */
let trained: Promise<string> | undefined;
function mask(): Promise<string> {
  trained ??= (async () => {
    const out = path.join(folder(), "run");
    const { code, out: printed, err } = await masklens(training(out, {}, "--json"));
    assert.equal(code, 0, err);
    return JSON.parse(printed).adaptation as string;
  })();
  return trained;
}

test("a mask of another base model is refused, naming the first matrix that differs", async () => {
  const other = model({
    "model.safetensors": rewritten((tensors) => {
      for (const { name, bytes } of tensors) if (/layer\.1\..*query\.weight$/.test(name)) bytes[3]! ^= 1;
      return tensors;
    }),
  });
  await refuses(
    ["evaluate", await mask(), "--model", other],
    /run\.mask\.safetensors: .*encoder\.layer\.1\.attention\.self\.query\.weight differs; specify the folder of its base model/,
  );
});

test("a mask with one flipped bit is refused", async () => {
  const bytes = readFileSync(await mask());
  bytes[bytes.length - 500]! ^= 4;
  const file = path.join(folder({ "a.mask.safetensors": bytes }), "a.mask.safetensors");
  await refuses(["info", file], /a\.mask\.safetensors: its checksum does not match/);
});

test("a full disk ends training with a sentence, and the checkpoint from before stays as it was", async () => {
  const out = path.join(folder(), "run");
  const words = training(out, {}, "--checkpoint-every", "1");
  const stopped = await masklens(words, { interruptAt: /step 1\// });
  assert.equal(stopped.code, 130, stopped.err);
  const checkpoint = path.join(out, "checkpoint.safetensors");
  const before = readFileSync(checkpoint);
  // A limit on the size of files gives what a full disk gives: a write that fails in the middle.
  const kilobytes = Math.floor(before.length / 1024 / 2);
  const limited = `ulimit -f ${kilobytes}; trap "" XFSZ; exec "$0" "$@"`;
  const { status, stderr } = spawnSync(
    "bash",
    ["-c", limited, process.execPath, "dist/cli.js", "train", "--resume", out],
    {
      encoding: "utf8",
    },
  );
  assert.equal(status, 2, stderr);
  assert.match(
    stderr,
    /checkpoint\.safetensors: the file would be larger than this disk allows; choose a location on another disk\./,
  );
  assert.deepEqual(readFileSync(checkpoint), before);
  assert.deepEqual(
    filesIn(out).filter((file) => file.endsWith(".tmp")),
    [],
  );
});

test("an output folder that cannot be written is refused", async () => {
  const file = path.join(folder({ taken: "" }), "taken", "run");
  await refuses(training(file), /taken\/run: the output folder cannot be written \(ENOTDIR\); choose/);
  if (process.getuid?.() === 0) return; // root may write everywhere, so permissions cannot be tested under it
  const closed = folder();
  chmodSync(closed, 0o500);
  await refuses(training(path.join(closed, "run")), /run: the output folder cannot be written \(EACCES\); choose/);
});

test("a folder that holds a run already is refused, and the run stays", async () => {
  const file = await mask();
  const before = readFileSync(file);
  await refuses(training(path.dirname(file)), /a run already exists here; resume it, or choose another folder/);
  assert.deepEqual(readFileSync(file), before);
});

test("an unknown command, flag and option file key are refused, each with what was perhaps meant", async () => {
  await refuses(["trian"], /unknown command "trian"; did you mean "train"/);
  await refuses(["train", "--lerning-rate", "1"], /--lerning-rate; did you mean "--learning-rate"/);
  const file = path.join(folder(), "run.json");
  writeFileSync(file, JSON.stringify({ model: TINY, task: task(), out: "x", epoch: 3 }));
  await refuses(["train", "--run", file], /run\.json, epoch: unknown key "epoch"; did you mean "epochs"/);
});

test("a damaged run.json is refused wherever it is read", async () => {
  const run = folder({ "run.json": "{bad" });
  const file = path.join(run, "run.json");
  await refuses(["info", run], /run\.json: the file is not JSON \(.*\); repair it/);
  await refuses(["train", "--resume", run], /run\.json: the file is not JSON \(.*\); repair it/);
  await refuses(["train", "--run", file], /run\.json: the file is not JSON \(.*\); specify a run\.json file/);
  await refuses(
    ["train", "--run", path.join(run, "other.json")],
    /other\.json: there is no such file; specify a run\.json file/,
  );
});

test("a path with nothing at it is refused", () =>
  refuses(["info", "/no/such/thing"], /\/no\/such\/thing: there is nothing at this path; specify an existing file/));

test("a limit on open files that this program cannot be loaded under is told in a sentence", () => {
  // How many files Node itself holds open differs; below that, its own message comes.
  const told: [number | null, string][] = [];
  for (let files = 20; files < 60 && told.length < 3; files += 2) {
    const limited = `ulimit -n ${files}; exec "$0" "$@"`;
    const words = ["-c", limited, process.execPath, "dist/cli.js", "--help"];
    const { status, stderr } = spawnSync("bash", words, { encoding: "utf8" });
    if (stderr.startsWith("masklens:")) told.push([status, stderr]);
  }
  assert.ok(told.length > 0);
  const sentence =
    "masklens: too many files are open; close some programs, or raise the limit (ulimit -n), and try again.\n";
  for (const one of told) assert.deepEqual(one, [2, sentence]);
});

test("a data file whose name no file can have is refused in words", () =>
  refusesTask({ files: { train: "a\0.csv" } }, {}, /its name contains a null character; check its path/));

test("a run's options are told neither through a link out of its folder nor by an error", async () => {
  const run = folder({ secret: "root:x:0:0" });
  const place = path.join(run, "masks");
  mkdirSync(place);
  symlinkSync("../secret", path.join(place, "run.json"));
  for (const words of [
    ["info", place],
    ["train", "--resume", place],
  ])
    await refuses(
      words,
      /^masklens: \S*run\.json: this is a symbolic link, and a run's own files must be regular files; delete it/,
    );
  await refuses(
    ["train", "--run", path.join(run, "secret")],
    /secret: the file is not JSON \(unexpected character at column 1\);/,
  );
});

test("a run whose model or task has moved says which, and where to write its new place", async () => {
  const there = { model: TINY, task: task(), out: "run" };
  for (const key of ["model", "task"]) {
    const run = folder({ "run.json": JSON.stringify({ ...there, [key]: "/moved" }) });
    const sentence = `run\\.json, ${key}: /moved no longer exists; restore it, or update the path in the file`;
    await refuses(["train", "--resume", run], new RegExp(sentence));
  }
});

test("an adaptation whose task has moved says where it was, and takes another place", async () => {
  const run = path.join(folder(), "run");
  const file = task();
  assert.equal((await masklens(training(run, { file }))).code, 0);
  const moved = path.join(folder(), "moved");
  renameSync(path.dirname(file), moved);
  const adaptation = path.join(run, "run.mask.safetensors");
  await refuses(
    ["evaluate", adaptation],
    /run\.mask\.safetensors: its task file .*tiny\.task\.json no longer exists; .*--task/,
  );
  const { code, err } = await masklens(["evaluate", adaptation, "--task", path.join(moved, "tiny.task.json")]);
  assert.equal(code, 0, err);
});

test("a device that there is not is refused, and one that cannot be had says why and what to do", async () => {
  await refuses(["evaluate", await mask(), "--device", "gpu"], /device: unknown device "gpu"; choose auto, cpu/);
  await refuses(["predict", await mask(), "--device", "gpu"], /device: unknown device "gpu"; choose auto, cpu/);
  await refuses(
    ["evaluate", await mask(), "--device", "cuda:99"],
    /device cuda:99: CUDA support is not installed; install CUDA support: masklens devices --install cuda/,
  );
});

test("words that belong to no flag are refused where a command takes none", async () => {
  for (const name of ["train", "devices", "demo"])
    await refuses([name, "x"], new RegExp(`unexpected argument "x"; see masklens ${name} --help`));
});

test("a part of an epoch is refused, naming what a short trial is asked for with", () =>
  refuses(
    training(path.join(folder(), "run"), {}, "--epochs", "0.1"),
    /--epochs: 0\.1 is not a valid value; use a whole number from 1 to 100000 \(for a short trial, use --max-steps/,
  ));

test("a maximum length that the special tokens fill is refused, saying how many there are", () => {
  const rows = `text,textPair,label\n${ROWS.map(({ text, label }) => `${text},${text},${label}`).join("\n")}\n`;
  const file = task({ kind: "pair" }, { "rows.csv": rows });
  const words = training(path.join(folder(), "run"), { file }, "--max-length", "3");
  return refuses(
    words,
    /maxLength: a maximum length of 3 tokens leaves no room for text, .* 3 special tokens; set the maximum length to at least 4/,
  );
});
