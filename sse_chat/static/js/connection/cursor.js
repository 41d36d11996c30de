// Ids as the server writes them, "<milliseconds>-<sequence>", compared by number.

export const START = "0-0";

export function isAfter(id, cursor) {
  const [ms, seq] = id.split("-").map(BigInt);
  const [cursorMs, cursorSeq] = cursor.split("-").map(BigInt);
  return ms > cursorMs || (ms === cursorMs && seq > cursorSeq);
}
