-- The tool archive-handler packs files into archives and takes them out again: zip, tar, tar.gz and gz.
--
--   npx llmspell run --config examples/lua/tools/archive-handler.toml examples/lua/tools/archive-handler.lua

local archive, files = Tool.get("archive-handler"), Tool.get("file-operations")
local folder = os.tmpname()
files{ operation = "create_dir", path = folder .. "/report/data", recursive = true }
files{ operation = "write", path = folder .. "/report/summary.txt", input = "All is well.\n" }
files{ operation = "write", path = folder .. "/report/data/rows.csv", input = "id,name\n1,Ada\n" }

for _, format in ipairs{ "zip", "tar.gz" } do
  local path = folder .. "/report." .. format
  local made = archive{ operation = "create", path = path, input = { folder .. "/report" } }.result
  print(("%s: %d files, %d bytes"):format(made.format, made.archived_files, made.total_size))
  for _, entry in ipairs(archive{ operation = "list", path = path }.result.files) do
    print("  " .. entry.name)
  end
end

local target = folder .. "/unpacked"
local unpacked = archive{ operation = "extract", path = folder .. "/report.zip", target_path = target }.result
print(unpacked.extracted_files .. " files unpacked")

-- What is there already stays as it is, unless overwrite says otherwise.
print(archive{ operation = "extract", path = folder .. "/report.zip", target_path = target }.error.message)
files{ operation = "delete", path = folder, recursive = true }
