//! The first directory of a TIFF file: tags and their numbers.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// No directory of a raster has more tags.
const MOST_TAGS: u64 = 1024;

/// The first directory of a file.
pub(super) struct Directory {
    file: File,
    bytes: u64,
    big: bool,
    /// Whether numbers are stored with the highest byte first.
    pub(super) big_endian: bool,
    tags: Vec<Tag>,
}

struct Tag {
    id: u16,
    kind: u16,
    count: u64,
    /// The numbers themselves if they fit, else their place in the file.
    inline: [u8; 8],
}

impl Directory {
    /// Reads the header and the tags; `None` if the file is not a TIFF of either
    /// version, or is damaged.
    pub(super) fn read(mut file: File) -> Option<Self> {
        let bytes = file.metadata().ok()?.len();
        let mut head = [0_u8; 16];
        file.read_exact(&mut head[..8]).ok()?;
        let big_endian = match &head[..2] {
            b"II" => false,
            b"MM" => true,
            _ => return None,
        };
        let big = match number(&head[2..4], big_endian)? {
            42 => false,
            43 => true,
            _ => return None,
        };
        let first = if big {
            file.read_exact(&mut head[8..]).ok()?;
            let known = number(&head[4..6], big_endian)? == 8 && head[6..8] == [0, 0];
            known.then(|| number(&head[8..16], big_endian)).flatten()?
        } else {
            number(&head[4..8], big_endian)?
        };
        let mut directory = Self {
            file,
            bytes,
            big,
            big_endian,
            tags: Vec::new(),
        };
        directory.read_tags(first)?;
        Some(directory)
    }

    fn read_tags(&mut self, first: u64) -> Option<()> {
        let (head, entry) = if self.big { (8, 20) } else { (2, 12) };
        let count = number(&self.part(first, head)?, self.big_endian)?;
        if count > MOST_TAGS {
            return None;
        }
        let table = self.part(first.checked_add(head)?, count * entry)?;
        for entry in table.chunks_exact(entry as usize) {
            let (count, value) = entry[4..].split_at(if self.big { 8 } else { 4 });
            let mut inline = [0; 8];
            inline[..value.len()].copy_from_slice(value);
            self.tags.push(Tag {
                id: number(&entry[..2], self.big_endian)? as u16,
                kind: number(&entry[2..4], self.big_endian)? as u16,
                count: number(count, self.big_endian)?,
                inline,
            });
        }
        // Readers differ on directories with a tag twice or out of order.
        self.tags
            .windows(2)
            .all(|pair| pair[0].id < pair[1].id)
            .then_some(())
    }

    /// Reads a part of the file. Nothing is allocated that the file does not hold.
    fn part(&mut self, place: u64, bytes: u64) -> Option<Vec<u8>> {
        if place.checked_add(bytes)? > self.bytes {
            return None;
        }
        let mut part = vec![0; usize::try_from(bytes).ok()?];
        self.file.seek(SeekFrom::Start(place)).ok()?;
        self.file.read_exact(&mut part).ok()?;
        Some(part)
    }

    /// Returns whether a tag is there.
    pub(super) fn has(&self, id: u16) -> bool {
        self.tags.iter().any(|tag| tag.id == id)
    }

    /// Reads the whole numbers of a tag; `None` if it is missing, damaged or holds
    /// something else.
    pub(super) fn numbers(&mut self, id: u16) -> Option<Vec<u64>> {
        let tag = self.tags.iter().find(|tag| tag.id == id)?;
        let size: u64 = match tag.kind {
            3 => 2,
            4 => 4,
            16 if self.big => 8,
            _ => return None,
        };
        let bytes = tag.count.checked_mul(size)?;
        let room = if self.big { 8 } else { 4 };
        let stored = if bytes <= room {
            tag.inline[..bytes as usize].to_vec()
        } else {
            let place = number(&tag.inline[..room as usize], self.big_endian)?;
            self.part(place, bytes)?
        };
        let numbers = stored.chunks_exact(size as usize);
        numbers
            .map(|bytes| number(bytes, self.big_endian))
            .collect()
    }

    /// Reads a tag of one number, which is `default` if the tag is missing.
    pub(super) fn one_or(&mut self, id: u16, default: u64) -> Option<u64> {
        if !self.has(id) {
            return Some(default);
        }
        match self.numbers(id)?.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Reads a tag whose numbers are one, or the same for each of the samples.
    pub(super) fn same_or(&mut self, id: u16, default: u64, samples: u64) -> Option<u64> {
        if !self.has(id) {
            return Some(default);
        }
        let numbers = self.numbers(id)?;
        let first = *numbers.first()?;
        let known = numbers.len() as u64 == samples && numbers.iter().all(|one| *one == first);
        known.then_some(first)
    }

    /// Returns the length of the file.
    pub(super) fn file_bytes(&self) -> u64 {
        self.bytes
    }
}

/// A number of 2, 4 or 8 bytes.
fn number(bytes: &[u8], big_endian: bool) -> Option<u64> {
    let mut wide = [0; 8];
    if big_endian {
        wide.get_mut(8 - bytes.len()..)?.copy_from_slice(bytes);
        Some(u64::from_be_bytes(wide))
    } else {
        wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(wide))
    }
}
