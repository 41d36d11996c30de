-- Sessions whose digest begins like this, but one. 
-- KEYS: 3 sessions. args: beginning, the one.
-- include shared/note_change
-- include shared/fields
local beginning, spared = unpack(args)
if drop_fields(KEYS[3], beginning, spared) > 0 then
  changed()
end
return 'done'
