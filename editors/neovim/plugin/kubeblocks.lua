-- The commands. Nothing is loaded before one is used.
if vim.g.loaded_kubeblocks or vim.fn.has('nvim-0.11') == 0 then return end
vim.g.loaded_kubeblocks = true

local function command(name, work, options)
  vim.api.nvim_create_user_command(name, work, options)
end

-- Words of a list that start with what was typed.
local function among(words)
  return function(start)
    return vim.tbl_filter(function(word) return vim.startswith(word, start) end, words())
  end
end

command('KubeblocksRendered', function(call) require('kubeblocks').rendered(call.args) end, {
  nargs = '?',
  complete = among(function() return require('kubeblocks').value_sets() end),
  desc = 'What this file renders to',
})
command('KubeblocksGraph', function(call) require('kubeblocks').graph(call.args) end, {
  nargs = '?',
  complete = among(function() return { 'mermaid', 'dot', 'svg' } end),
  desc = 'The graph of this chart',
})
command('KubeblocksExplain', function(call) require('kubeblocks').explain(call.args) end, {
  nargs = '?',
  complete = among(function() return require('kubeblocks').rules() end),
  desc = 'The page of a rule',
})
command('KubeblocksRestart', function() require('kubeblocks').restart() end, { desc = 'Stop the server and start it anew' })
