import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RecoverFile } from "../../../../lib/client/recover/recover_file.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";

const records = ["one", "", "three".repeat(100)].map((text) => new TextEncoder().encode(text));

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "muster-test-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function written(path: string): void {
  const file = RecoverFile.open(path, "create");
  assert.deepEqual([...file.read(() => {})], []);
  for (const record of records) file.append(record);
  file.close();
}

/** What is read, and whether the last record was cut. */
function read(path: string): { texts: string[]; isTorn: boolean } {
  let isTorn = false;
  const file = RecoverFile.open(path, "existing");
  try {
    const found = [...file.read(() => isTorn = true)];
    return { texts: found.map((record) => new TextDecoder().decode(record)), isTorn };
  } finally {
    file.close();
  }
}

const texts = records.map((record) => new TextDecoder().decode(record));

describe("a recover file", () => {
  it("gives its records back, and takes more behind them", () => {
    inFolder((folder) => {
      const path = join(folder, "run.muster");
      written(path);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const file = RecoverFile.open(path, "existing");
      assert.equal([...file.read(() => assert.fail())].length, 3);
      file.append(new TextEncoder().encode("four"));
      file.close();
      assert.deepEqual(read(path), { texts: [...texts, "four"], isTorn: false });
    });
  });

  it("leaves out a record that was cut, at whatever byte, and goes on before it", () => {
    inFolder((folder) => {
      const path = join(folder, "run.muster");
      written(path);
      const whole = readFileSync(path);
      const ends = new Set<number>();
      for (let size = whole.length; size >= 0; size -= 1) {
        writeFileSync(path, whole.subarray(0, size));
        const found = read(path);
        assert.deepEqual(found.texts, texts.slice(0, found.texts.length), `cut at ${size}`);
        if (!found.isTorn) ends.add(size);
        // What was cut is gone, so that the next record stands where it is looked for.
        const file = RecoverFile.open(path, "existing");
        const before = [...file.read(() => assert.fail("it was mended"))].length;
        file.append(new TextEncoder().encode("next"));
        file.close();
        assert.equal(read(path).texts.length, before + 1);
      }
      // The beginning, whole or cut, and the end of each record.
      assert.equal([...ends].filter((size) => size > 17).length, records.length);
    });
  });

  it("refuses what has changed, at whatever byte, and changes nothing", () => {
    inFolder((folder) => {
      const path = join(folder, "run.muster");
      written(path);
      const whole = readFileSync(path);
      for (let at = 0; at < whole.length; at += 1) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ 4;
        writeFileSync(path, changed);
        assert.throws(() => read(path), UsageError, `byte ${at}`);
        assert.deepEqual(readFileSync(path), changed);
      }
    });
  });

  it("has one user at a time", () => {
    inFolder((folder) => {
      const path = join(folder, "run.muster");
      const file = RecoverFile.open(path, "create");
      assert.throws(
        () => RecoverFile.open(path, "existing"),
        /the program that writes it still runs/,
      );
      file.close();
      RecoverFile.open(path, "existing").close();
    });
  });

  it("is private, and there", () => {
    inFolder((folder) => {
      const path = join(folder, "run.muster");
      assert.throws(() => RecoverFile.open(path, "existing"), /there is no such file/);
      assert.ok(!existsSync(path));
      written(path);
      chmodSync(path, 0o604);
      assert.throws(() => RecoverFile.open(path, "existing"), /run: chmod 600/);
      assert.throws(() => RecoverFile.open(folder, "existing"), UsageError);
    });
  });
});
