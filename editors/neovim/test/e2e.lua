-- Neovim against the real server: `SERVER=path nvim --headless -u NONE -i NONE -n -l e2e.lua`.
-- Ends with `N passed, N failed`, and exit code 1 if any failed.
local here = vim.fs.dirname(vim.fs.abspath(debug.getinfo(1, 'S').source:sub(2)))
local plugin = vim.fs.dirname(here)
local project = vim.fs.dirname(vim.fs.dirname(plugin))
local server = vim.fs.abspath(assert(vim.env.SERVER, 'SERVER names no binary'))

-- The charts are changed below: work on a copy.
local root = vim.fn.tempname()
vim.system({ 'cp', '-r', project .. '/tests/charts', root }):wait()
root = vim.uv.fs_realpath(root)
local chart = root .. '/tidedb'
local file = chart .. '/templates/clusterdefinition.yaml'

-- `-l` and `-u NONE` switch file types off.
vim.opt.runtimepath:prepend(plugin)
vim.cmd('filetype on')
dofile(plugin .. '/ftdetect/kubeblocks.lua')
dofile(plugin .. '/plugin/kubeblocks.lua')
vim.lsp.config('kubeblocks_ls', { cmd = { server, '--stdio' } })
vim.lsp.enable('kubeblocks_ls')

local passed, failed = 0, 0
local function check(name, ok, got)
  if ok then
    passed = passed + 1
    print('ok    ' .. name)
  else
    failed = failed + 1
    print('FAIL  ' .. name .. ': ' .. vim.inspect(got))
  end
end

local function wait(condition)
  return vim.wait(20000, function()
    local ok, answer = pcall(condition)
    return ok and answer
  end, 10)
end

-- The first line (from 1) that holds `text`, and the column (from 0) at which it starts.
local function find(text)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(text, 1, true)
    if column then return number, column - 1 end
  end
  error('no line has ' .. text)
end

local function go(text, offset)
  local line, column = find(text)
  vim.api.nvim_win_set_cursor(0, { line, column + (offset or 0) })
end

local function cursor() return vim.api.nvim_win_get_cursor(0) end

local function diagnostics(severity)
  return vim.diagnostic.get(0, { severity = { min = severity or vim.diagnostic.severity.WARN } })
end

vim.cmd.edit(file)
check('a template is helm', vim.bo.filetype == 'helm', vim.bo.filetype)
check('the server starts', wait(function() return vim.lsp.get_clients({ bufnr = 0 })[1].initialized end))
local client = vim.lsp.get_clients({ bufnr = 0 })[1]
check('its root is the chart', client.root_dir == chart, client.root_dir)
check('it counts in UTF-8', client.offset_encoding == 'utf-8', client.offset_encoding)

-- A mistake: the component that the frontend refers to is misspelt.
local line, column = find('componentDefName: meta')
column = column + #'componentDefName: '
vim.api.nvim_buf_set_text(0, line - 1, column, line - 1, column + 4, { 'mata' })
local function mistake()
  return vim.iter(diagnostics()):find(function(d) return d.code == 'unknown-component-def' end)
end
check('the mistake is seen', wait(mistake), vim.diagnostic.get(0))
local found = mistake() or {}
check('at its place', found.lnum == line - 1 and found.col == column and found.end_col == column + 4, found)
check('by its source', found.source == 'kubeblocks', found.source)

-- Its rule has a page.
vim.api.nvim_win_set_cursor(0, { line, column })
vim.cmd.KubeblocksExplain()
local page = vim.fn.bufnr('kubeblocks://rule/unknown-component-def')
check("the rule's page", page > 0 and vim.api.nvim_buf_get_lines(page, 0, 1, false)[1] == '# unknown-component-def', page)
check('it is Markdown', vim.bo[page].filetype == 'markdown', vim.bo[page].filetype)
check('rules are completed', vim.tbl_contains(vim.fn.getcompletion('KubeblocksExplain unknown-', 'cmdline'), 'unknown-port'))

-- The quick fix mends it.
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action) return action.kind == 'quickfix' and action.title:find('`meta`', 1, true) end,
})
check('the quick fix', wait(function() return vim.api.nvim_get_current_line():find('componentDefName: meta', 1, true) end),
  vim.api.nvim_get_current_line())
check('mended, it is gone', wait(function() return #diagnostics() == 0 end), diagnostics())

-- Words are completed.
go('workloadType: Stateless', #'workloadType: State')
local offers = client:request_sync('textDocument/completion', vim.lsp.util.make_position_params(0, client.offset_encoding), 5000, 0)
local items = offers and offers.result and (offers.result.items or offers.result) or {}
check('completion', vim.iter(items):any(function(item) return item.label == 'Stateful' end), offers)

-- An anchor is renamed, with its alias.
local function renamed(old, new)
  go('&' .. old, 1)
  vim.lsp.buf.rename(new)
  return wait(function()
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    return text:find('&' .. new, 1, true) and text:find('*' .. new, 1, true) and not text:find(old, 1, true)
  end)
end
check('rename', renamed('metaRef', 'storeRef'))
check('and back', renamed('storeRef', 'metaRef'))

-- From the reference to the component.
go('componentDefName: meta', #'componentDefName: ')
vim.lsp.buf.definition()
local target = find('- name: meta')
check('definition of the component', wait(function() return cursor()[1] == target end), cursor())

-- From the alias to its anchor.
go('*metaRef', 1)
vim.lsp.buf.definition()
target = find('&metaRef')
check('definition of the alias', wait(function() return cursor()[1] == target end), cursor())

-- From the variable in an argument to the reference that defines it.
go('$(TIDE_META)', 3)
vim.lsp.buf.definition()
target = find('- name: TIDE_META')
check('definition of the variable', wait(function() return cursor()[1] == target end), cursor())

-- From the value path to values.yaml.
go('.Values.image.pullPolicy', #'.Values.image.')
vim.lsp.buf.definition()
check('definition of the value', wait(function()
  return vim.api.nvim_buf_get_name(0) == chart .. '/values.yaml'
    and vim.api.nvim_get_current_line():find('pullPolicy', 1, true)
end), vim.api.nvim_buf_get_name(0))
check('values have a type of their own', vim.bo.filetype == 'yaml.helm-values', vim.bo.filetype)
check('one server for the chart', wait(function()
  local clients = vim.lsp.get_clients({ bufnr = 0 })
  return #clients == 1 and clients[1].id == client.id
end))

-- From the helper's name to its definition.
vim.cmd.edit(file)
go('"tidedb.labels"', 1)
vim.lsp.buf.definition()
check('definition of the helper', wait(function()
  return vim.api.nvim_buf_get_name(0) == chart .. '/templates/_helpers.tpl'
    and vim.api.nvim_get_current_line():find('define "tidedb.labels"', 1, true)
end), vim.api.nvim_get_current_line())

-- Scripts and configs of the chart, of whatever type, and no others.
local function attached(path, text)
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  vim.fn.writefile(vim.split(text, '\n'), path)
  vim.cmd.edit(path)
  vim.wait(100)
  return #vim.lsp.get_clients({ bufnr = 0, name = 'kubeblocks_ls' }) == 1
end
check('a script', attached(chart .. '/scripts/start.sh', '#!/bin/sh\n') and vim.bo.filetype == 'sh', vim.bo.filetype)
check('a config', attached(chart .. '/config/tide.tpl', 'port = {{ .PORT }}\n') and vim.bo.filetype ~= '', vim.bo.filetype)
check('the schema of the values', attached(chart .. '/values.schema.json', '{}'))
check('another file of the chart is not ours', not attached(chart .. '/hack/start.sh', '#!/bin/sh\n'))
check('a script without a chart is not', not attached(root .. '/scripts/start.sh', '#!/bin/sh\n'))
local plain = root .. '/plain'
attached(plain .. '/Chart.yaml', 'apiVersion: v2\nname: plain\nversion: 0.1.0\n')
attached(plain .. '/templates/map.yaml', 'apiVersion: v1\nkind: ConfigMap\n')
check('nor one of a chart without KubeBlocks', not attached(plain .. '/scripts/start.sh', '#!/bin/sh\n'))
for _, other in ipairs(vim.lsp.get_clients({ name = 'kubeblocks_ls' })) do
  if other.id ~= client.id then other:stop() end
end

-- A buffer without a file is nobody's, and does no harm.
vim.cmd.enew()
vim.bo.filetype = 'yaml'
vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'apiVersion: apps.kubeblocks.io/v1', 'kind: Cluster' })
check('a buffer without a file', vim.wait(100, function() return client:is_stopped() end) == false)
vim.cmd('bwipeout!')

-- The preview, as one types.
vim.cmd.edit(file)
vim.cmd.KubeblocksRendered()
local function preview()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(buffer):find('^kubeblocks%-rendered:') then
      return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
    end
  end
  return ''
end
check('the preview', wait(function() return preview():find('imagePullPolicy: IfNotPresent', 1, true) end), preview())
line = find('- --config=/etc/tidedb/tide.toml')
local was = vim.fn.getline(line)
vim.fn.setline(line, (was:gsub('tide.toml', 'new.toml')))
vim.cmd.doautocmd('TextChanged')
check('it changes with the text', wait(function() return preview():find('new.toml', 1, true) end), preview())
vim.fn.setline(line, was)
vim.cmd.doautocmd('TextChanged')
check('and back', wait(function() return not preview():find('new.toml', 1, true) end))
check('sets of values are completed', #vim.fn.getcompletion('KubeblocksRendered ', 'cmdline') > 0)

vim.cmd.KubeblocksGraph('dot')
check('the graph', wait(function()
  local graph = vim.fn.bufnr('kubeblocks://graph/dot')
  return graph > 0 and vim.api.nvim_buf_get_lines(graph, 0, 1, false)[1]:find('^digraph')
end))

-- Hover tells what an expression becomes.
go('.Values.image.pullPolicy', 3)
local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
local hover = client:request_sync('textDocument/hover', params, 5000, 0)
local words = hover and hover.result and hover.result.contents.value or ''
check('hover shows the value', words:find('IfNotPresent', 1, true) ~= nil, hover)

local symbols = client:request_sync('textDocument/documentSymbol', {
  textDocument = vim.lsp.util.make_text_document_params(0),
}, 5000, 0)
check('symbols', symbols and symbols.result and #symbols.result > 0, symbols)

vim.cmd.KubeblocksRestart()
check('a restart starts another', wait(function()
  local now = vim.lsp.get_clients({ bufnr = 0, name = 'kubeblocks_ls' })[1]
  return now and now.initialized and now.id ~= client.id
end))
client = vim.lsp.get_clients({ bufnr = 0, name = 'kubeblocks_ls' })[1]

vim.cmd('checkhealth kubeblocks')
local health = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
check('health: the program', health:find('is kubeblocks%-ls %d') ~= nil, health)
check('health: the server', health:find('a server runs for ' .. vim.pesc(chart)) ~= nil, health)
check('health: nothing is wrong', not health:find('ERROR') and not health:find('WARNING'), health)

client:stop()
check('the server stops', wait(function() return client:is_stopped() end))
vim.fn.delete(root, 'rf')
print(('%d passed, %d failed'):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
