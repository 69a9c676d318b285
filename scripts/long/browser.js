// Drives the report of the demo in Chromium and visits those of other runs. Arguments:
// folder of the report, folder of the screenshots, folders of other reports. Every complaint of the browser and every request is a fault.
const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');

const [folder, shots, ...others] = process.argv.slice(2);
const sizes = [[390, 844], [1280, 800], [1920, 1080]];
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const faults = [];
let checks = 0;

function check(what, holds) {
  checks += 1;
  if (!holds) faults.push(what);
}

/** Returns the files of an archive that is not packed. */
function unzip(bytes) {
  const files = {};
  let at = 0;
  while (bytes.readUInt32LE(at) === 0x04034b50) {
    const size = bytes.readUInt32LE(at + 18);
    const name = bytes.readUInt16LE(at + 26);
    const start = at + 30 + name;
    files[bytes.toString('utf8', at + 30, start)] = bytes.toString('utf8', start, start + size);
    at = start + size;
  }
  return files;
}

async function saved(page, button) {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return fs.readFileSync(await file.path());
}

async function drive(page, language, size) {
  const at = `${language} ${size}`;
  await page.locator('.counties path[data-region="330127"]').dispatchEvent('click');
  check(`${at}: map opens an account`, (await page.locator('#account').textContent()).includes('330127'));
  await page.locator('#account [data-item="soil_retention"]').click();
  check(`${at}: tree with numbers`, (await page.locator('#account .filled').count()) > 3);
  await page.locator('#account [data-item="soil_retention"]').scrollIntoViewIfNeeded();
  await page.screenshot({ path: path.join(shots, `${language}-${size}-tree.png`) });
  await page.fill('#find', '330106');
  await page.keyboard.press('Enter');
  check(`${at}: search opens an account`, (await page.locator('#account').textContent()).includes('330106'));
  await page.selectOption('#by', 'soil_retention');
  const head = page.locator('#order thead th').nth(3);
  await head.locator('button').click();
  check(`${at}: aria-sort`, (await head.getAttribute('aria-sort')) === 'descending');
  const values = await page.locator('#order td [data-value]').evaluateAll((own) => own.map((one) => one.dataset.value));
  // Yuan with two digits: without the point they are whole fen.
  const fen = values.map((own) => BigInt(own.replace('.', '')));
  check(`${at}: sorted`, values.every((own) => /\.\d\d$/.test(own)) && fen.length > 50 && fen.every((own, i) => i === 0 || fen[i - 1] >= own));
  const csv = (await saved(page, page.locator('#order [data-save=csv]'))).toString('utf8');
  check(`${at}: CSV has a mark and 91 lines`, csv.charCodeAt(0) === 0xfeff && csv.trim().split('\r\n').length === 91);
  check(`${at}: CSV says where digits are percentages`, csv.split('\r\n')[0].endsWith('(%)'));
  const packed = await saved(page, page.locator('#order [data-save=xlsx]'));
  fs.writeFileSync(path.join(shots, `${language}-${size}-ranking.xlsx`), packed);
  const book = unzip(packed);
  const sheet = book['xl/worksheets/sheet1.xml'] || '';
  check(`${at}: workbook has 91 rows and no formula`, sheet.split('<row>').length === 92 && !sheet.includes('<f>'));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  check(`${at}: nothing wider than the window (${overflow})`, overflow <= 0);
  await page.screenshot({ path: path.join(shots, `${language}-${size}-account.png`) });
  await page.locator('#map').scrollIntoViewIfNeeded();
  await page.locator('svg.map').screenshot({ path: path.join(shots, `${language}-${size}-map.png`) });
  // Keyboard alone: arrows on the map, Enter, the account.
  await page.locator('.counties path[tabindex="0"]').focus();
  await page.keyboard.press('ArrowRight');
  const code = await page.evaluate(() => document.activeElement.dataset.region);
  await page.keyboard.press('Enter');
  check(`${at}: keys open an account`, (await page.locator('#account').textContent()).includes(code));
  if (size < 1280) return;
  const other = language === 'zh' ? 'en' : 'zh';
  await page.locator('#other-language').click();
  await page.waitForURL((own) => own.pathname.endsWith(`report.${other}.html`));
  check(`${at}: the other language keeps the county`, (await page.locator('#account').textContent()).includes(code));
}

/** On any run: the map keeps its printed classes, and an account shows every result. */
async function visit(page, at, file) {
  const printed = [...fs.readFileSync(file, 'utf8').matchAll(/<path class="(\w+)" data-region="([^"]+)"/g)].map(([, style, code]) => `${code} ${style}`);
  const shown = await page.locator('.counties path').evaluateAll((own) => own.map((one) => `${one.dataset.region} ${one.classList[0]}`));
  check(`${at}: printed classes of the map`, printed.length > 0 && printed.join() === shown.join());
  const data = JSON.parse(await page.locator('#page-data').textContent());
  const codes = [data.regions[0][0], data.regions[data.regions.length - 1][0]];
  for (const code of codes) {
    await page.locator(`.counties path[data-region="${code}"]`).dispatchEvent('click');
    await page.locator('#account [data-item]').evaluateAll((own) => own.forEach((one) => one.click()));
    const ids = new Set(await page.locator('#account .tree [data-number-id]').evaluateAll((own) => own.map((one) => one.dataset.numberId)));
    const items = new Set(data.items.map(([id]) => id).filter((id) => data.gep[code][id]));
    const results = (data.rows[code] || []).filter(([cls, item, output, , , , , , , , method]) => cls === 'all' && items.has(item)
      && data.methods[method] && data.methods[method].lines.some(([name]) => name === output));
    const lost = results.filter((row) => !ids.has(row[7])).map((row) => `${row[1]}.${row[2]}`);
    check(`${at}: ${code} shows ${results.length} results, not ${lost}`, results.length > 0 && lost.length === 0);
  }
}

(async () => {
  for (const other of [folder, ...others]) {
    for (const language of ['zh', 'en']) {
      const file = path.resolve(other, `report.${language}.html`);
      const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: flags });
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.on('console', (line) => { if (line.type() === 'error') faults.push(`${file}: ${line.text()}`); });
      page.on('pageerror', (error) => faults.push(`${file}: ${error.message}`));
      page.setDefaultTimeout(8000);
      await page.goto(`file://${file}`);
      try { await visit(page, file, file); } catch (error) { faults.push(`${file}: ${error.message.split('\n')[0]}`); }
      await browser.close();
    }
  }
  for (const language of ['zh', 'en']) {
    const address = `file://${path.resolve(folder, `report.${language}.html`)}`;
    for (const [width, height] of sizes) {
      const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: flags });
      const page = await browser.newPage({ viewport: { width, height }, acceptDownloads: true });
      page.on('console', (line) => { if (line.type() === 'error') faults.push(`${language} ${width}: ${line.text()}`); });
      page.on('pageerror', (error) => faults.push(`${language} ${width}: ${error.message}`));
      page.on('request', (own) => { if (!/^(file|blob):/.test(own.url())) faults.push(`request ${own.url()}`); });
      page.setDefaultTimeout(8000);
      await page.goto(address);
      try { await drive(page, language, width); } catch (error) { faults.push(`${language} ${width}: ${error.message.split('\n')[0]}`); }
      await browser.close();
    }
  }
  console.log(`${checks} checks, ${faults.length} faults`);
  faults.slice(0, 20).forEach((fault) => console.log(`fault: ${fault}`));
  process.exit(faults.length ? 1 : 0);
})();
