// Names are found however their accents and capitals are typed.
export const plain = (name) =>
  name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
