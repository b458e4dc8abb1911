import test from "node:test";
import { runInside } from "./inside.ts";
import { SHORT } from "./workspace.ts";

test("every suite passes inside VS Code's extension host", () =>
  runInside("dist/test/host/suite.cjs", undefined, SHORT));
