import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyTypeOf, parsePublicKey, splitStrings } from "../../../src/node/ssh/key-blob.ts";
import { fidoKey } from "./settings.ts";

describe("a public key blob", () => {
  it("says its type, or nothing for other bytes", () => {
    const { keyType, key } = fidoKey();
    expect(keyTypeOf(key)).toBe(keyType);
    expect(keyTypeOf(Buffer.alloc(0))).toBeUndefined();
    expect(keyTypeOf(Buffer.from([0, 0, 0, 9, 65]))).toBeUndefined();
  });

  it("is a key only when whole", () => {
    const { keyType, key } = fidoKey();
    const line = (bytes: Buffer) => `${keyType} ${bytes.toString("base64")} comment`;
    expect(parsePublicKey(line(key))).toEqual({ keyType, key });
    for (let length = 0; length < key.length; length++)
      expect(parsePublicKey(line(key.subarray(0, length)))).toBeUndefined();
  });

  it("splits into its strings and back", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (strings) => {
        const blob = Buffer.concat(strings.map((bytes) => Buffer.from([0, 0, 0, bytes.length, ...bytes])));
        expect(splitStrings(blob)?.map((bytes) => [...bytes])).toEqual(strings.map((bytes) => [...bytes]));
        expect(splitStrings(Buffer.concat([blob, Buffer.from([0])]))).toBeUndefined();
      }),
    );
  });
});
