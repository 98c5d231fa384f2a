" KubeBlocks charts in Vim, through ALE.
if exists('g:loaded_kubeblocks_ls')
  finish
endif
let g:loaded_kubeblocks_ls = 1

" The program, or its path.
let g:kubeblocks_server = get(g:, 'kubeblocks_server', 'kubeblocks-ls')

function! s:Chart(buffer) abort
  let l:chart = ale#path#FindNearestFile(a:buffer, 'Chart.yaml')
  return empty(l:chart) ? '' : fnamemodify(l:chart, ':h')
endfunction

" The folder of the chart, else the one of the file: ALE starts nothing without one.
function! s:Root(buffer) abort
  let l:chart = s:Chart(a:buffer)
  return empty(l:chart) ? fnamemodify(bufname(a:buffer), ':p:h') : l:chart
endfunction

" Templates are Helm, so that linters for plain YAML leave them alone. `setfiletype` would yield to `yaml`.
function! s:Claim() abort
  if !empty(s:Chart(bufnr('')))
    set filetype=helm
  endif
endfunction

augroup kubeblocks_ls
  autocmd!
  autocmd BufNewFile,BufRead */templates/*.yaml,*/templates/*.yml,*/templates/*.tpl call s:Claim()
augroup END

for s:filetype in ['helm', 'yaml']
  call ale#linter#Define(s:filetype, {
        \ 'name': 'kubeblocks',
        \ 'lsp': 'stdio',
        \ 'executable': {_ -> g:kubeblocks_server},
        \ 'command': '%e --stdio',
        \ 'language': s:filetype,
        \ 'project_root': function('s:Root'),
        \ })
endfor

" The page of a rule, or of the one that speaks in this line.
function! s:Explain(rule) abort
  let l:rule = a:rule
  if empty(l:rule)
    let l:here = filter(copy(get(get(g:ale_buffer_info, bufnr(''), {}), 'loclist', [])), 'v:val.lnum == line(".")')
    let l:rule = empty(l:here) ? '' : get(l:here[0], 'code', '')
  endif
  let l:page = systemlist(shellescape(g:kubeblocks_server) . ' --explain ' . shellescape(l:rule))
  new
  setlocal buftype=nofile bufhidden=wipe noswapfile filetype=markdown
  call setline(1, l:page)
endfunction
command! -nargs=? KubeblocksExplain call s:Explain(<q-args>)
