-- Neovim 0.11 and later: with this folder on 'runtimepath', `vim.lsp.enable('kubeblocks_ls')` is all.
return {
  cmd = { 'kubeblocks-ls', '--stdio' },
  filetypes = { 'helm', 'yaml', 'yaml.helm-values' },
  -- In order: the chart comes before the repository.
  root_markers = { 'Chart.yaml', '.git' },
  settings = { kubeblocks = vim.empty_dict() },
}
