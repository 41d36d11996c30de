-- Fields set and dropped; what changes nothing is not noted. KEYS: 3 the hash. args: how many words
-- are set, then those, then the fields to drop.
-- include shared/note_change
-- include shared/set_fields
if set_fields(KEYS[3], args) then
  changed()
end
return 'done'
