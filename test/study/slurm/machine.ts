// A Slurm of one machine, without systemd, cgroups or a database, for the tests. It needs root and Debian's packages:
// apt-get install --no-install-recommends slurmctld slurmd slurm-client munge

import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, hostname, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel"];

/** Why there can be no Slurm here; undefined if there can. */
export function noSlurm(): string | undefined {
  if (process.getuid?.() !== 0) return "Slurm for the tests needs root";
  const missing = PROGRAMS.filter((name) => spawnSync("which", [name]).status !== 0);
  return missing.length
    ? `there is no ${missing.join(", ")}: apt-get install --no-install-recommends slurmctld slurmd slurm-client munge`
    : undefined;
}

export class SlurmMachine {
  readonly #folder: string;
  /** For programs that call Slurm. */
  readonly environment: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.#folder = folder;
    this.environment = { ...process.env, SLURM_CONF: path.join(folder, "slurm.conf"), MASKLENS_SLURM_PAUSE: "0.5" };
  }

  static async start(): Promise<SlurmMachine> {
    const machine = new SlurmMachine(mkdtempSync(path.join(tmpdir(), "slurm-")));
    await machine.#start();
    return machine;
  }

  async #start(): Promise<void> {
    const at = (name: string) => path.join(this.#folder, name);
    for (const name of ["state", "spool", "log"]) mkdirSync(at(name));
    const host = hostname().split(".")[0]!;
    const [controller, node] = [await freePort(), await freePort()];
    writeFileSync(at("munge.key"), randomBytes(1024), { mode: 0o600 });
    const settings = {
      ...{ ClusterName: "one", SlurmctldHost: host, SlurmUser: "root", SlurmdUser: "root", AuthType: "auth/munge" },
      // A requeued job starts when its credential has expired.
      AuthInfo: `socket=${at("munge.sock")},cred_expire=1`,
      ...{ SlurmctldPort: controller, SlurmdPort: node, ProctrackType: "proctrack/linuxproc", TaskPlugin: "task/none" },
      ...{ MpiDefault: "none", SelectType: "select/cons_tres", SelectTypeParameters: "CR_Core" },
      ...{ StateSaveLocation: at("state"), SlurmdSpoolDir: at("spool"), SlurmctldPidFile: at("ctld.pid") },
      ...{ SlurmdPidFile: at("d.pid"), SlurmctldLogFile: at("log/ctld"), SlurmdLogFile: at("log/d") },
      ...{ ReturnToService: 2, KillWait: 10, JobRequeue: 1, SchedulerParameters: "sched_interval=2,bf_interval=2" },
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    const conf = `${lines.join("\n")}
NodeName=${host} CPUs=${cpus().length} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
    writeFileSync(at("slurm.conf"), conf);
    this.call(
      "munged",
      ...["--force", `--key-file=${at("munge.key")}`, `--socket=${at("munge.sock")}`, `--pid-file=${at("munge.pid")}`],
      ...[`--log-file=${at("log/munge")}`, `--seed-file=${at("munge.seed")}`],
    );
    this.call("slurmctld", "-f", at("slurm.conf"));
    this.call("slurmd", "-f", at("slurm.conf"));
    for (let i = 0; i < 100; i++) {
      const { stdout } = spawnSync("sinfo", ["-h", "-o", "%T"], { env: this.environment, encoding: "utf8" });
      if (stdout?.includes("idle")) return;
      await sleep(200);
    }
    throw new Error("the node of Slurm does not become idle");
  }

  call(program: string, ...words: string[]): string {
    return execFileSync(program, words, { env: this.environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Ends the daemons, which were started here, by their process ids. */
  async stop(): Promise<void> {
    for (const name of ["d.pid", "ctld.pid", "munge.pid"]) {
      const file = path.join(this.#folder, name);
      if (!existsSync(file)) continue;
      const pid = Number(readFileSync(file, "utf8"));
      try {
        process.kill(pid);
        for (let i = 0; i < 50; i++) {
          process.kill(pid, 0);
          await sleep(100);
        }
      } catch {
        // it has ended
      }
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
