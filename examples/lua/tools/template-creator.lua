-- The tool template-creator fills templates; they show what is in the context, and run nothing.
--
--   npx llmspell run examples/lua/tools/template-creator.lua

local template = [[
Dear {{name}},
{{#if items}}
you have ordered:
{{#each items}}
{{@index}}. {{title}} ({{count}})
{{/each}}
{{else}}
nothing was ordered.
{{/if}}
]]
local items = { { title = "Notebook", count = 3 }, { title = "Desk lamp", count = 2 } }
print(Tool["template-creator"]{ input = template, context = { name = "Ada", items = items } }.result.rendered)
print(Tool["template-creator"]{ input = template, context = { name = "Bob" } }.result.rendered)

-- A value that is missing can be an error.
local failed = Tool["template-creator"]{ input = "Dear {{nmae}},", context = { name = "Ada" }, strict = true }
print(failed.error.message)

-- Templates of Tera are known by their tags.
local tera = [[
{% for item in items | filter(attribute="title") %}{{ loop.index }}. {{ item.title | upper }}{% if item.count > 2 %} (many){% endif %}
{% else %}nothing was ordered.
{% endfor %}]]
print(Tool["template-creator"]{ input = tera, context = { items = items } }.result.rendered)
