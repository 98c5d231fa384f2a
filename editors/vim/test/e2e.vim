" Vim and ALE against the real server:
" `SERVER=path vim -T dumb --not-a-term -n -N -u e2e.vim </dev/null >/dev/null`. Not with `-es`: ALE does nothing there.
" What it finds goes to stderr. Ends with `N passed, N failed`, and exit code 1 if any failed.
set nomore
let s:here = expand('<sfile>:p:h')
packadd! ale
let &runtimepath = fnamemodify(s:here, ':h') . ',' . &runtimepath
filetype plugin on
let g:kubeblocks_server = fnamemodify($SERVER, ':p')
let g:ale_linters = {'helm': ['kubeblocks'], 'yaml': ['kubeblocks']}
let g:ale_linters_explicit = 1
" The charts are changed below: work on a copy.
let s:root = resolve(tempname())
call system('cp -r ' . shellescape(s:here . '/../../../tests/charts') . ' ' . shellescape(s:root))

let s:said = []
let s:failed = 0

function! s:Check(name, ok, got = '') abort
  let s:failed += !a:ok
  call add(s:said, (a:ok ? 'ok    ' : 'FAIL  ') . a:name . (a:ok ? '' : ': ' . string(a:got)))
endfunction

function! s:Wait(condition) abort
  for l:turn in range(400)
    if a:condition()
      return 1
    endif
    sleep 50m
  endfor
  return 0
endfunction

" Errors and warnings that ALE has of this buffer.
function! s:Mistakes() abort
  let l:all = get(get(g:ale_buffer_info, bufnr(''), {}), 'loclist', [])
  return filter(copy(l:all), 'v:val.type ==# "E" || v:val.type ==# "W"')
endfunction

function! s:Go(text) abort
  call cursor(1, 1)
  call search('\V' . a:text, 'c')
endfunction

function! s:Run() abort
  execute 'edit' s:root . '/tidedb/templates/clusterdefinition.yaml'
  call s:Check('a template is helm', &filetype ==# 'helm', &filetype)

  " A mistake: the component that the frontend refers to is misspelt.
  call s:Go('componentDefName: meta')
  let l:line = line('.')
  call setline(l:line, substitute(getline(l:line), 'meta', 'mata', ''))
  let l:column = match(getline(l:line), 'mata') + 1
  call ale#Queue(0, 'lint_file')
  call s:Check('the mistake is seen', s:Wait({-> !empty(s:Mistakes())}))
  let l:found = get(s:Mistakes(), 0, {})
  call s:Check('at its place', get(l:found, 'lnum') == l:line && get(l:found, 'col') == l:column, l:found)
  call s:Check('with its rule', get(l:found, 'code', '') ==# 'unknown-component-def', l:found)

  KubeblocksExplain
  call s:Check("the rule's page", getline(1) ==# '# unknown-component-def', getline(1))
  bwipeout!

  call setline(l:line, substitute(getline(l:line), 'mata', 'meta', ''))
  call ale#Queue(0, 'lint_file')
  call s:Check('mended, it is gone', s:Wait({-> empty(s:Mistakes())}), s:Mistakes())
  write

  call s:Go('*metaRef')
  normal! l
  ALEGoToDefinition
  call s:Check('definition of the alias', s:Wait({-> getline('.') =~# '&metaRef'}), getline('.'))

  call s:Go('.Values.image.pullPolicy')
  normal! 4w
  ALEGoToDefinition
  call s:Check('definition of the value', s:Wait({-> expand('%:t') ==# 'values.yaml'}), expand('%'))

  call add(s:said, printf('%d passed, %d failed', len(s:said) - s:failed, s:failed))
  call writefile(s:said, '/dev/stderr', 'a')
  call delete(s:root, 'rf')
  if s:failed
    cquit!
  endif
  qall!
endfunction
autocmd VimEnter * ++nested call s:Run()
