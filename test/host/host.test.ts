import test from "node:test";
import { runInside } from "./inside.ts";

test("every suite passes inside VS Code's extension host", () => runInside("dist/test/host/suite.cjs"));
