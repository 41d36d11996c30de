-- to_map(flat): a table from name, value, name, value …
local function to_map(flat)
  local map = {}
  for at = 1, #flat, 2 do
    map[flat[at]] = flat[at + 1]
  end
  return map
end
