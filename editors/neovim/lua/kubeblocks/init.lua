-- What the commands do. Neovim 0.11 and later.
local M = {}

M.name = 'kubeblocks_ls'

--- The client of a buffer.
function M.client(buffer)
  return vim.lsp.get_clients({ name = M.name, bufnr = buffer or 0 })[1]
end

--- The program that runs, or would.
function M.program()
  local cmd = (vim.lsp.config[M.name] or {}).cmd
  return type(cmd) == 'table' and cmd[1] or 'kubeblocks-ls'
end

--- What the program prints; an error where it cannot.
local function print_of(...)
  local done = vim.system({ M.program(), ... }, { text = true, stdin = '', timeout = 5000 }):wait()
  assert(done.code == 0, vim.trim(done.stderr or ''))
  return done.stdout
end

local function tell(fault)
  vim.notify('kubeblocks: ' .. fault, vim.log.levels.ERROR)
end

--- Shows text in a window of its own: the one that shows this name already, or a split.
function M.show(name, text, filetype)
  local buffer = vim.fn.bufadd(name)
  vim.fn.bufload(buffer)
  local options = { buftype = 'nofile', bufhidden = 'wipe', swapfile = false, buflisted = false, filetype = filetype }
  for option, value in pairs(options) do
    if vim.bo[buffer][option] ~= value then vim.bo[buffer][option] = value end
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(text:gsub('\n$', ''), '\n'))
  vim.bo[buffer].modifiable = false
  if vim.fn.bufwinid(buffer) == -1 then
    vim.api.nvim_open_win(buffer, false, { split = 'right', win = 0 })
  end
  return buffer
end

--- The names of all rules.
function M.rules()
  local ok, list = pcall(print_of, '--list-rules')
  if not ok then return {} end
  return vim.iter(vim.gsplit(list, '\n', { trimempty = true })):map(function(line) return line:match('^%S+') end):totable()
end

--- Shows the page of a rule: of this one, of the one that speaks in this line, or of one that the user chooses.
function M.explain(rule)
  local function page(name)
    if not name then return end
    local ok, text = pcall(print_of, '--explain', name)
    if ok then M.show('kubeblocks://rule/' .. name, text, 'markdown') else tell(text) end
  end
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local here = vim.iter(vim.diagnostic.get(0, { lnum = line })):find(function(d) return d.source == 'kubeblocks' end)
  if rule and rule ~= '' then
    page(rule)
  elseif here then
    page(here.code)
  else
    vim.ui.select(M.rules(), { prompt = 'Rule' }, page)
  end
end

--- Asks the server of this buffer; what it answers goes to `take`.
local function ask(method, params, take)
  local client = M.client()
  if not client then return tell('no server runs for this buffer') end
  client:request(method, params, function(fault, answer)
    if fault then return tell(fault.message) end
    if not answer or answer == vim.NIL then return tell('the file belongs to no chart that renders anything') end
    take(answer)
  end)
end

local group = vim.api.nvim_create_augroup('kubeblocks', {})

--- Shows what the file renders to under a set of values, and again whenever it changes.
function M.rendered(values)
  local source = vim.api.nvim_get_current_buf()
  local params = { uri = vim.uri_from_bufnr(source), values = values ~= '' and values or nil }
  local preview
  local function show()
    ask('kubeblocks/rendered', params, function(answer)
      preview = M.show(answer.uri, answer.text, 'yaml')
    end)
  end
  show()
  vim.api.nvim_clear_autocmds({ group = group, buffer = source })
  vim.api.nvim_create_autocmd({ 'TextChanged', 'InsertLeave', 'BufWritePost' }, {
    group = group,
    buffer = source,
    callback = function()
      -- Who closes the preview wants no more of it.
      if preview and not vim.api.nvim_buf_is_valid(preview) then return true end
      show()
    end,
  })
end

--- The names of the sets of values of this file's chart.
function M.value_sets()
  local client = M.client()
  local found = client and client:request_sync('kubeblocks/rendered', { uri = vim.uri_from_bufnr(0) }, 2000)
  return found and type(found.result) == 'table' and found.result.sets or {}
end

--- Shows the graph of the chart: `mermaid` (without a word) or `dot`.
function M.graph(form)
  form = form ~= '' and form or 'mermaid'
  ask('kubeblocks/graph', { textDocument = { uri = vim.uri_from_bufnr(0) } }, function(pictures)
    if not pictures[form] then return tell(('there is no `%s`, but mermaid, dot and svg'):format(form)) end
    M.show('kubeblocks://graph/' .. form, pictures[form], form)
  end)
end

--- Stops the server and starts it anew.
function M.restart()
  for _, client in ipairs(vim.lsp.get_clients({ name = M.name })) do
    client:stop()
  end
  vim.wait(2000, function() return #vim.lsp.get_clients({ name = M.name }) == 0 end, 10)
  -- Enabling it again starts it for the buffers that are there.
  vim.lsp.enable(M.name, false)
  vim.lsp.enable(M.name)
end

return M
