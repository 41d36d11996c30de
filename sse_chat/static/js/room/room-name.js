// What a person typed as the name of a room, as it can be one: "Team Ärger" is team-arger, as on the
// start page; "" where nothing of it can.
export const toRoomName = (typed) =>
  typed
    .trim()
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^\x00-\x7f]/g, "")
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "")
    .slice(0, 64);
