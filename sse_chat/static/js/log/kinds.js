// The kinds of entries: what each is to the log. A new kind is a row here, and one in kinds.py.
//
//   isRow                    it is a row of its own
//   notice(entry)            what that row says in place of the entry's text
//   change(log, row, entry)  what it does; `row` is the message at its target, null if not here
//   replaces(other)          whether nothing is left of this earlier change of the same message
import { forgetQuotes, quoteAnew } from "./quotes.js";
import { applyReaction } from "./reactions.js";
import { applyEdit } from "./row.js";

export const KINDS = {
  message: { isRow: true },
  edit: {
    change(log, row, entry) {
      quoteAnew(log.list, entry);
      if (row) applyEdit(row, entry);
    },
    replaces: ({ kind }) => kind === "edit",
  },
  delete: {
    change(log, row, entry) {
      forgetQuotes(log.list, entry.target);
      log.showDeleted(row, entry);
    },
    replaces: () => true,
  },
  reaction: {
    change(log, row, entry) {
      if (row) applyReaction(row, entry);
    },
  },
  answer: {
    // Few rooms ask, so the module is no part of the first paint.
    async change(log, row, entry) {
      const { applyAnswer } = await import("./asks.js");
      if (row) applyAnswer(row, entry);
    },
    replaces: ({ kind }) => kind === "answer",
  },
  topic: {
    isRow: true,
    notice: ({ text }) => (text ? `set the topic: ${text}` : "removed the topic"),
  },
  // The header and its list follow it: room/pins.js.
  pin: {},
};

export const isRow = ({ kind }) => Boolean(KINDS[kind]?.isRow);
export const noticeOf = (entry) => KINDS[entry.kind].notice?.(entry) ?? "";
