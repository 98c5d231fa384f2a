-- The commands. Nothing is loaded before one is used.
if vim.g.loaded_kubeblocks or vim.fn.has('nvim-0.11') == 0 then return end
vim.g.loaded_kubeblocks = true

local function command(name, work, options)
  vim.api.nvim_create_user_command(name, work, options)
end

command('KubeblocksExplain', function(call) require('kubeblocks').explain(call.args) end, {
  nargs = '?',
  complete = function(start)
    return vim.tbl_filter(function(rule) return vim.startswith(rule, start) end, require('kubeblocks').rules())
  end,
  desc = 'The page of a rule',
})
command('KubeblocksRestart', function() require('kubeblocks').restart() end, { desc = 'Stop the server and start it anew' })
