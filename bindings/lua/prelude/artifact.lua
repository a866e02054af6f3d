-- What the Artifact global adds in Lua: contents in pieces, and the places where other releases kept metadata.
local engine = ...

local host, Artifact = engine.host, engine.globals.Artifact
local setmetatable, rawset = setmetatable, rawset

-- Iterates over a content without holding all of it: for piece in Artifact.chunks(session, id) do ... end
function Artifact.chunks(session, id)
  local index = -1
  return function()
    index = index + 1
    return host.artifact_piece(session, id, index)
  end
end

-- Scripts of other releases read metadata.custom.author and metadata.mime_type where ours read metadata.author and
-- artifact.mime_type. The fallback adds nothing to the table itself: pairs shows what was stored, exactly.
local function with_fallback(record)
  if record == nil then
    return nil
  end
  local fallback = { custom = record.metadata, custom_metadata = record.metadata }
  setmetatable(record.metadata, {
    __index = function(_, key)
      local value = fallback[key]
      if value ~= nil then
        return value
      end
      if key ~= 'metadata' and key ~= 'content' then
        return record[key]
      end
    end,
  })
  return record
end

local function each_with_fallback(records)
  for i = 1, #records do
    with_fallback(records[i])
  end
  return records
end

local get, list, query, store_data = Artifact.get, Artifact.list, Artifact.query, Artifact.storeData

-- What the content of a record says is read when somebody asks for it: record.data
local Data = {}

function Data.__index(record, key)
  if key ~= 'data' then
    return nil
  end
  local data = host.content_data(record.content, record.mime_type)
  rawset(record, 'data', data)
  return data
end

function Artifact.get(...)
  local record = with_fallback(get(...))
  return record and setmetatable(record, Data)
end

-- Stores data and answers the whole artifact, as Artifact.get does.
function Artifact.storeData(session, options)
  local record = with_fallback(store_data(session, options))
  record.content = host.data_content(options)
  record.data = host.content_data(record.content, record.mime_type)
  return record
end
Artifact.store_data = Artifact.storeData

function Artifact.list(...)
  return each_with_fallback(list(...))
end

function Artifact.query(...)
  return each_with_fallback(query(...))
end
