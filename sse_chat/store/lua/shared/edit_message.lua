-- edit(target, fields, sum): an edit of a message by its update key. The sum of an edit goes on from
-- that of the fields which it shares with the message: what comes behind them is known here alone.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta, 5 edits.
-- ARGV: 2 slack, 3 keep, 4 keep_ms, 5 keep_live. The local room is the caller's.
-- include shared/by_message
local function crc32(sum, text)
  local crc = bit.bnot(tonumber(sum, 16))
  for at = 1, #text do
    crc = bit.bxor(crc, string.byte(text, at))
    for _ = 1, 8 do
      local low = bit.band(crc, 1)
      crc = bit.rshift(crc, 1)
      if low == 1 then
        crc = bit.bxor(crc, 0xEDB88320)
      end
    end
  end
  return bit.tohex(bit.bnot(crc))
end

local function edit(target, fields, sum)
  for _, each in ipairs({'kind', 'edit', 'target', target}) do
    fields[#fields + 1] = each
    sum = sum and crc32(sum, '\0' .. each)
  end
  -- A text that was pending before there were sums has none.
  if sum then
    fields[#fields + 1] = 'sum'
    fields[#fields + 1] = sum
  end
  local id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(fields))
  note_edit(KEYS[5], target, id)
end
