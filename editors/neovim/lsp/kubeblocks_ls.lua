-- Neovim 0.11 and later: with this folder on 'runtimepath', `vim.lsp.enable('kubeblocks_ls')` is all.

-- Charts and manifests, wherever they are.
local YAML = { helm = true, yaml = true, ['yaml.helm-values'] = true }

-- What ConfigMaps bring into containers, in whatever language: the names in it are those of the definitions.
local FOLDERS = { scripts = true, config = true, configs = true, dataprotection = true, reloader = true }

local ours = {}

-- The chart has objects of KubeBlocks.
local function is_ours(chart)
  ours[chart] = ours[chart] or vim.iter(vim.fs.dir(chart .. '/templates', { depth = 4 })):any(function(name, kind)
    if kind ~= 'file' or not name:find('%.ya?ml$') then return false end
    return vim.fn.readblob(vim.fs.joinpath(chart, 'templates', name)):find('kubeblocks%.io/') ~= nil
  end)
  return ours[chart]
end

-- A script or a config of a chart, or the schema of its values.
local function belongs(path, chart)
  local inside = path:sub(#chart + 2)
  if inside == 'values.schema.json' then return true end
  return vim.iter(vim.fs.parents('/' .. inside)):any(function(folder) return FOLDERS[vim.fs.basename(folder)] end)
end

return {
  cmd = { 'kubeblocks-ls', '--stdio' },
  -- Files of all types come here.
  root_dir = function(buffer, start)
    local path, chart = vim.api.nvim_buf_get_name(buffer), vim.fs.root(buffer, 'Chart.yaml')
    if YAML[vim.bo[buffer].filetype] then
      -- The chart comes before the repository; a manifest may have neither.
      start(chart or vim.fs.root(buffer, '.git'))
    elseif chart and belongs(path, chart) and is_ours(chart) then
      start(chart)
    end
  end,
  settings = { kubeblocks = vim.empty_dict() },
}
