-- An invoice that waits to be paid: for days, through restarts of the machine, and without a process.
--
--   npx llmspell run examples/lua/invoice.lua                      all of it, in a moment
--   npx llmspell run --detach examples/lua/invoice.lua --days 14   sends it, and leaves the run asleep
--   npx llmspell runs                                              tells what it waits for, and until when
--   npx llmspell eval "Session.signal('invoice-17', 'paid', { amount = 80 })"    says that it is paid
--   npx llmspell resume --all                                      goes on with the runs that are due
--   npx llmspell resume --all --watch                              stays, and does so as they become due
--
-- The loop and its counter are plain Lua: the sleeping run keeps its memory.

local days = tonumber(ARGS.days)
local patience = days and days * 24 * 3600 or 0.05

local id = days and "invoice-17" or nil
local invoice = Session.createAndUse({ session_id = id, name = "Invoice 17", tags = { "invoice" } })
print("The invoice is sent")

local reminders = 0
repeat
  -- Events of the current session; nil and false when nobody has paid in time.
  local payment, came = Session.waitForEvent("paid", patience)
  if came then
    print(("Paid %d EUR after %d reminders"):format(payment.amount, reminders))
    Session.complete(invoice)
    return payment.amount
  end
  reminders = reminders + 1
  print("Reminder " .. reminders .. " is sent")
until reminders == 2

print(reminders .. " reminders, then it goes to a lawyer")
Session.fail(invoice, "not paid")
