/** Trims a library made here, in ELF's form with a section of two fat binaries. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { keepArchitecture } from "../../../../bench/gpu/cuda/fatbin.ts";

const HEADER = 64;

/** An entry of 16 equal bytes. */
function entry(kind: number, architecture: number, byte: number): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16LE(kind, 0);
  header.writeUInt32LE(HEADER, 4);
  header.writeBigUInt64LE(16n, 8);
  header.writeUInt32LE(architecture, 28);
  return Buffer.concat([header, Buffer.alloc(16, byte)]);
}

function fatBinary(...entries: Buffer[]): Buffer {
  const header = Buffer.alloc(16);
  const body = Buffer.concat(entries);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(16, 6);
  header.writeBigUInt64LE(BigInt(body.length), 8);
  return Buffer.concat([header, body]);
}

/** An ELF file with the section, bytes around it, and the section of names. */
function library(section: Buffer, name = ".nv_fatbin"): Buffer {
  const names = Buffer.from(`\0${name}\0.shstrtab\0`);
  const file = Buffer.alloc(0x40);
  const before = Buffer.alloc(32, 0xee);
  const start = file.length + before.length;
  const table = start + section.length + before.length + names.length;
  file.writeBigUInt64LE(BigInt(table), 0x28);
  file.writeUInt16LE(64, 0x3a);
  file.writeUInt16LE(2, 0x3c);
  file.writeUInt16LE(1, 0x3e);
  const row = (at: number, from: number, size: number) => {
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32LE(at, 0);
    bytes.writeBigUInt64LE(BigInt(from), 0x18);
    bytes.writeBigUInt64LE(BigInt(size), 0x20);
    return bytes;
  };
  return Buffer.concat([
    ...[file, before, section, before, names],
    ...[row(1, start, section.length), row(name.length + 2, table - names.length, names.length)],
  ]);
}

test("only one architecture's machine code stays, everything else at its place", () => {
  const of = (old: number, text: number) =>
    library(
      Buffer.concat([
        fatBinary(entry(2, 80, old), entry(2, 90, 9), entry(1, 90, text)),
        Buffer.alloc(8, 0xaa),
        fatBinary(entry(2, 75, old), entry(2, 90, 7)),
      ]),
    );
  const given = of(8, 5);
  assert.deepEqual(keepArchitecture(given, 90), { kept: 32, zeroed: 48 });
  assert.deepEqual(given, of(0, 0));
});

test("a library without the architecture, or without CUDA, is an error", () => {
  const section = fatBinary(entry(2, 80, 8));
  assert.throws(() => keepArchitecture(library(section), 90), /no machine code for sm_90/);
  assert.throws(() => keepArchitecture(library(section, ".text"), 80), /no section \.nv_fatbin/);
});
