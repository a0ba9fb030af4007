/** Builds the app's card and settings page with what stands in here for HubSpot's components; `--check` compares. */
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const APP = "../../../../manifest/hubspot/src/app";
const BUILT = at("../extensions.js");
// The packages are the card's own.
const packages = createRequire(at(`${APP}/cards/package.json`));
const { rolldown } = await import(pathToFileURL(packages.resolve("rolldown")).href);

/** The digest of everything the file is built from, as tests/sandbox/test_face.py works it out as well. */
async function digest() {
  const hash = createHash("sha256");
  for (const folder of [`${APP}/cards`, `${APP}/settings`, "."]) {
    const names = (await readdir(at(folder))).filter((name) => /\.tsx?$/.test(name) && !name.includes(".test."));
    for (const name of names.sort()) hash.update(`${name}\n`).update(await readFile(at(`${folder}/${name}`)));
  }
  return hash.digest("hex");
}

const bundle = await rolldown({
  input: at("open.ts"),
  platform: "browser",
  tsconfig: false,
  resolve: {
    alias: { "@hubspot/ui-extensions/crm": at("crm.ts"), "@hubspot/ui-extensions": at("components.tsx") },
    modules: [at(`${APP}/cards/node_modules`)],
  },
  transform: { jsx: "react", define: { "process.env.NODE_ENV": '"production"' } },
});
const { output } = await bundle.generate({ format: "iife", minify: true, codeSplitting: false });
const code = `/* Built by sandbox/hubspot/face/host/bundle.mjs of ${await digest()}; do not edit. */\n${output[0].code}`;

if (!process.argv.includes("--check")) {
  await writeFile(BUILT, code);
} else if ((await readFile(BUILT, "utf8")) !== code) {
  console.error("sandbox/hubspot/face/extensions.js is not of these sources: run `npm run bundle`.");
  process.exit(1);
}
