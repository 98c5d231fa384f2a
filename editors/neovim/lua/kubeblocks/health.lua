-- `:checkhealth kubeblocks`
local M = {}

function M.check()
  local health = vim.health
  health.start('kubeblocks')
  if vim.fn.has('nvim-0.11') == 0 then
    health.warn('Neovim is older than 0.11: the commands of this plugin are not there')
    return
  end
  local kubeblocks = require('kubeblocks')
  local program = kubeblocks.program()
  if vim.fn.executable(program) == 0 then
    health.error(('`%s` cannot be run'):format(program), 'put kubeblocks-ls on PATH, or name it in the `cmd` of `vim.lsp.config`')
  else
    local done = vim.system({ program, '--version' }, { text = true, stdin = '', timeout = 5000 }):wait()
    if done.code == 0 then
      health.ok(('`%s` is %s'):format(program, vim.trim(done.stdout)))
    else
      health.error(('`%s --version` failed: %s'):format(program, vim.trim(done.stderr or '')))
    end
  end
  if vim.lsp.is_enabled and not vim.lsp.is_enabled(kubeblocks.name) then
    health.warn('the server is not enabled', ("vim.lsp.enable('%s')"):format(kubeblocks.name))
  end
  local clients = vim.lsp.get_clients({ name = kubeblocks.name })
  if #clients == 0 then health.info('no server runs: open a file of a chart') end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_keys(client.attached_buffers)
    health.ok(('a server runs for %s, with %d buffers'):format(client.root_dir or 'no folder', #buffers))
    for _, buffer in ipairs(buffers) do
      for _, other in ipairs(vim.lsp.get_clients({ bufnr = buffer })) do
        -- Servers for plain YAML on a template; helm-ls brings one along.
        if vim.bo[buffer].filetype == 'helm' and other.name:find('yaml') then
          health.warn(
            ('`%s` reads the template %s as plain YAML'):format(other.name, vim.api.nvim_buf_get_name(buffer)),
            ("vim.lsp.config('%s', { filetypes = { 'yaml' } })"):format(other.name)
          )
        end
      end
    end
  end
end

return M
