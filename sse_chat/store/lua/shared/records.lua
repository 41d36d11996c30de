-- People's records: objects with names, or lists, as they were before; see people/records.py.
-- read_record(kind, text): the fields by their names; nil where there is no text.
-- change_record(kind, text, name, value): the text with another value, in the form that it has.
local ORDER = {
  Account = {'name', 'role', 'password', 'has_ended', 'since_s'},
  Session = {'began_s'},
  Invitation = {'role', 'room', 'until_s', 'is_for_one', 'account_id'},
  Token = {'account_id', 'digest', 'scope', 'rooms', 'until_s', 'label', 'since_s', 'limit'},
  Hook = {'hook_id', 'room', 'name', 'shared', 'since_s'},
  Target = {'room', 'url', 'secret', 'begin', 'since_s', 'wanted'},
}

local function read_record(kind, text)
  if not text then
    return nil
  end
  local record = cjson.decode(text)
  if record.v then
    return record
  end
  local named = {}
  for place, name in ipairs(ORDER[kind]) do
    named[name] = record[place]
  end
  return named
end

local function change_record(kind, text, name, value)
  local record = cjson.decode(text)
  if record.v then
    record[name] = value
  else
    for place, each in ipairs(ORDER[kind]) do
      if each == name then
        record[place] = value
      end
    end
  end
  return cjson.encode(record)
end
