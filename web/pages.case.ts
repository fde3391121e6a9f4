/** Each page with something on it, and what is opened there. */
export const pages: readonly (readonly [address: string, opens?: string])[] = [
  [''],
  ['drift', '.row-head'],
  ['changes', '.first-sights summary'],
  ['changes?group=scan', '.change-group summary'],
  ['scopes'],
  ['resources', '.menu summary'],
  ['resources?by=counts'],
  ['scopes', '.find'],
  ['resources?scope=terraform%2Finfra%252Fprod%252Fterraform.tfstate%2F-%2Fstate&tag.team=orders', '.filters-toggle'],
  ['settings', '#configuration summary'],
  [`changes?at=${new Date(Date.now() + 60_000).toISOString()}`],
  [`resource?key=${encodeURIComponent('kubernetes/prod/-/apps.Deployment/shop/checkout')}`, '#version summary'],
  ['compare?from=1h'],
  ['suppressed'],
  ['deadletters'],
  ['docs'],
]
