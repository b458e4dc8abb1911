// npm run compatibility: writes docs/compatibility.md.
import { writeFileSync } from "node:fs";
import { compatibilityPage } from "./page.ts";

writeFileSync("docs/compatibility.md", await compatibilityPage());
