-- Another text for a message; the ids of its edits are kept.
-- KEYS: as of shared/change_message; 5 edits. ARGV: the same; from 8 the fields of the entry.
-- Result: {1, id}, or a refusal.
-- include shared/change_message
-- include shared/by_message
local id = append_from(8)
note_edit(KEYS[5], target, id)
sweep(KEYS[5])
return {1, id}
