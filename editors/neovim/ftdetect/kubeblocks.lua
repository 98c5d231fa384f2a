-- Files of Helm charts, so that servers for plain YAML leave templates alone.
local function in_chart(filetype)
  return function(path)
    local chart = vim.fs.find('Chart.yaml', { path = vim.fs.dirname(path), upward = true })[1]
    return chart and filetype or nil
  end
end

-- What a chart hands to KubeBlocks and no other pattern knows is a Go template.
local others = { in_chart('gotmpl'), { priority = -10 } }
local templates = { in_chart('helm'), { priority = 10 } }
vim.filetype.add({
  pattern = {
    ['.*/templates/.*%.ya?ml'] = templates,
    ['.*/templates/.*%.tpl'] = templates,
    ['.*/values[^/]*%.ya?ml'] = { in_chart('yaml.helm-values'), { priority = 10 } },
    ['.*/scripts/.*'] = others,
    ['.*/configs?/.*'] = others,
    ['.*/dataprotection/.*'] = others,
    ['.*/reloader/.*'] = others,
  },
})
