// Files made in the page: CSV and Excel. A cell is a text, or {number: decimal text}.

const CSV_MARK = '\uFEFF';
/** Excel keeps this many digits; a longer number is written as text. */
const EXCEL_DIGITS = 15;

/** Text that a spreadsheet would take for a formula is marked as text. */
function csvCell(cell) {
  if (typeof cell !== 'string') return cell.number;
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

function csvBytes(rows) {
  const lines = rows.map((row) => row.map(csvCell).join(','));
  return new TextEncoder().encode(CSV_MARK + lines.join('\r\n') + '\r\n');
}

function xmlText(text) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // Characters that XML 1.0 has no place for are left out.
  return text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, '').replace(/[&<>"]/g, (sign) => names[sign]);
}

function sheetCell(cell) {
  if (typeof cell !== 'string') {
    const digits = cell.number.replace(/[-.]/g, '').replace(/^0+/, '');
    if (digits.length <= EXCEL_DIGITS) return `<c><v>${cell.number}</v></c>`;
    return sheetCell(cell.number);
  }
  return `<c t="inlineStr"><is><t xml:space="preserve">${xmlText(cell)}</t></is></c>`;
}

/** Returns a workbook of one sheet: a zip archive of five small files, not packed. */
function workbookBytes(name, rows) {
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const formats = 'http://schemas.openxmlformats.org/';
  const main = `${formats}spreadsheetml/2006/main`;
  const links = `${formats}officeDocument/2006/relationships`;
  const packed = `${formats}package/2006/`;
  const kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml.';
  const title = xmlText(name.replace(/[\\/?*[\]:']/g, ' ').slice(0, 31));
  const lines = rows.map((row) => `<row>${row.map(sheetCell).join('')}</row>`).join('');
  return zipBytes([
    ['[Content_Types].xml', `${head}<Types xmlns="${packed}content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}worksheet+xml"/></Types>`],
    ['_rels/.rels', `${head}<Relationships xmlns="${packed}relationships"><Relationship Id="rId1" Type="${links}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ['xl/workbook.xml', `${head}<workbook xmlns="${main}" xmlns:r="${links}"><sheets><sheet name="${title}" sheetId="1" r:id="rId1"/></sheets></workbook>`],
    ['xl/_rels/workbook.xml.rels', `${head}<Relationships xmlns="${packed}relationships"><Relationship Id="rId1" Type="${links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`],
    ['xl/worksheets/sheet1.xml', `${head}<worksheet xmlns="${main}"><sheetData>${lines}</sheetData></worksheet>`],
  ]);
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Packs files as they are; all dates are the first a zip archive can hold. */
function zipBytes(files) {
  const parts = [];
  const index = [];
  let at = 0;
  const record = (fields) => {
    const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
    const view = new DataView(bytes.buffer);
    let place = 0;
    for (const [size, value] of fields) {
      if (size === 2) view.setUint16(place, value, true);
      else view.setUint32(place, value, true);
      place += size;
    }
    return bytes;
  };
  for (const [name, text] of files) {
    const [path, bytes] = [name, text].map((own) => new TextEncoder().encode(own));
    const common = [[2, 20], [2, 0x0800], [2, 0], [2, 0], [2, 0x21], [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, path.length], [2, 0]];
    const local = record([[4, 0x04034b50], ...common]);
    index.push(record([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]), path);
    parts.push(local, path, bytes);
    at += local.length + path.length + bytes.length;
  }
  const size = index.reduce((sum, part) => sum + part.length, 0);
  const end = record([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, at], [2, 0]]);
  const all = [...parts, ...index, end];
  const out = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of all) {
    out.set(part, place);
    place += part.length;
  }
  return out;
}

function save(name, kind, bytes) {
  const address = URL.createObjectURL(new Blob([bytes], { type: kind }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
