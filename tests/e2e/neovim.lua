-- A person's way through Mindgap in Neovim: start the server, ask, jump. Writes what happened as JSON.
-- Run with: nvim --headless --clean -S neovim.lua, in the workspace, with the variables below.
local file, result_path = vim.env.MINDGAP_TEST_FILE, vim.env.MINDGAP_TEST_RESULT
local command = vim.json.decode(vim.env.MINDGAP_TEST_COMMAND)
local WAIT = 15000

local function wait_for(what, condition)
  if not vim.wait(WAIT, condition, 20) then
    error('timed out: ' .. what)
  end
end

local function place()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  return { file = vim.fn.expand('%:t'), line = row, column = column, word = vim.fn.expand('<cword>') }
end

local function start()
  vim.o.swapfile = false
  vim.cmd.edit(file)
  local id = vim.lsp.start({ name = 'mindgap', cmd = command, root_dir = vim.fn.getcwd() })
  wait_for('initialize', function()
    local client = vim.lsp.get_client_by_id(id)
    return client ~= nil and client.initialized and vim.lsp.buf_is_attached(0, id)
  end)
  return vim.lsp.get_client_by_id(id)
end

local function asker(client)
  return function(method, params)
    local answer, failure = client:request_sync(method, params, WAIT)
    assert(answer and not answer.err, vim.inspect(failure or answer.err))
    return answer.result
  end
end

local function run()
  local result = {}
  local client = start()
  local ask = asker(client)
  wait_for('the index', function()
    return ask('mindgap/status', {}).roots[1].state == 'ready'
  end)

  -- A search, and a jump to its best hit.
  local found = ask('mindgap/search', { query = 'add the tax to the sum of the prices' })
  local hit = found.hits[1]
  vim.lsp.util.show_document({ uri = hit.uri, range = hit.selectionRange }, client.offset_encoding, { focus = true })
  result.jump = place()

  -- The editor's own symbol search fills the quickfix list.
  vim.lsp.buf.workspace_symbol('mail the bill to a customer')
  wait_for('the quickfix list', function()
    return #vim.fn.getqflist() > 0
  end)
  vim.cmd.cfirst()
  result.quickfix = place()

  -- Lines that are not saved move what is below them.
  vim.api.nvim_buf_set_lines(0, 0, 0, false, { '# 😀', '# unsaved' })
  hit = ask('mindgap/search', { query = 'add the tax to the sum of the prices' }).hits[1]
  vim.lsp.util.show_document({ uri = hit.uri, range = hit.selectionRange }, client.offset_encoding, { focus = true })
  result.unsaved = place()

  client:stop()
  wait_for('the end of the server', function()
    return client:is_stopped()
  end)
  return result
end

local ok, result = xpcall(run, debug.traceback)
local out = assert(io.open(result_path, 'w'))
out:write(vim.json.encode(ok and result or { error = result }))
out:close()
vim.cmd('qall!')
