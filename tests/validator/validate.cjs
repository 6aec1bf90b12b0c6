// The Khronos glTF validator as a long-lived process: many files, one start.
// Standard input, again and again: 4 bytes little-endian length, then that many bytes of a GLB or glTF file.
// Standard output: one line of JSON per file, the validator's report or {"failed": reason}.
"use strict";
const { createRequire } = require("module");
const path = require("path");
const validator = createRequire(path.join(process.argv[2], "package.json"))("gltf-validator");

async function validate(bytes) {
  try {
    return await validator.validateBytes(new Uint8Array(bytes), { maxIssues: 0, ignoredIssues: [] });
  } catch (reason) {
    return { failed: String(reason) };
  }
}

async function main() {
  let waiting = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    waiting.push(chunk);
    size += chunk.length;
    while (size >= 4) {
      const buffer = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting, size);
      waiting = [buffer];
      const length = buffer.readUInt32LE(0);
      if (size < 4 + length) break;
      process.stdout.write(JSON.stringify(await validate(buffer.subarray(4, 4 + length))) + "\n");
      waiting = [buffer.subarray(4 + length)];
      size -= 4 + length;
    }
  }
}

main();
