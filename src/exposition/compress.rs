//! Compression of a page whose parts change at different times.
//!
//! A gzip stream is deflate blocks between a header and a checksum, and checksums can be combined. So the large part
//! of a page is compressed once and kept, the small part is compressed at each scrape, and both become one ordinary
//! gzip member: some clients stop reading after the first member of several.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Header of a member: deflate, no flags, no time, fastest compression, unknown system. Source: RFC 1952 section 2.3.
const HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255];

/// A final, empty deflate block: fixed codes, end of block. Source: RFC 1951 section 3.2.
const END: &[u8] = &[0x03, 0x00];

/// Compressed bytes that can stand anywhere in a stream: they end on a byte boundary and refer to nothing before them.
#[derive(Debug)]
pub struct Fragment {
    blocks: Bytes,
    checksum: Crc,
}

impl Fragment {
    /// Compresses `plain` at the fastest level.
    pub fn new(plain: &[u8]) -> io::Result<Self> {
        let mut checksum = Crc::new();
        checksum.update(plain);
        let mut encoder = DeflateEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::fast());
        encoder.write_all(plain)?;
        encoder.flush()?;
        Ok(Self { blocks: std::mem::take(encoder.get_mut()).into(), checksum })
    }
}

/// One gzip member of all `fragments`, as pieces to be sent one after the other.
pub fn gzip(fragments: &[&Fragment]) -> Vec<Bytes> {
    let mut checksum = Crc::new();
    let mut pieces = vec![Bytes::from_static(HEADER)];
    for fragment in fragments {
        checksum.combine(&fragment.checksum);
        pieces.push(fragment.blocks.clone());
    }
    let (sum, length) = (checksum.sum().to_le_bytes(), checksum.amount().to_le_bytes());
    pieces.push([END, &sum, &length].concat().into());
    pieces
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::bufread::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn decompress(pieces: &[Bytes]) -> Vec<u8> {
        let stream = pieces.concat();
        // This decoder stops after one member, so what it leaves shows whether there was only one.
        let mut decoder = GzDecoder::new(stream.as_slice());
        let mut plain = Vec::new();
        decoder.read_to_end(&mut plain).unwrap();
        assert!(decoder.into_inner().is_empty());
        plain
    }

    proptest! {
        #[test]
        fn fragments_become_one_member(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 0..4),
        ) {
            let fragments: Vec<Fragment> = parts.iter().map(|part| Fragment::new(part).unwrap()).collect();
            let pieces = gzip(&fragments.iter().collect::<Vec<_>>());
            prop_assert_eq!(decompress(&pieces), parts.concat());
        }
    }

    #[test]
    fn a_large_page_becomes_much_smaller_and_comes_back_whole() {
        let line = "chime_queue_enabled{target=\"desk\",queue_id=\"1\",queue=\"Service desk\"} 1\n";
        let page = line.repeat(50_000);
        let (large, small) = (Fragment::new(page.as_bytes()).unwrap(), Fragment::new(b"# EOF\n").unwrap());
        let pieces = gzip(&[&large, &small]);
        assert!(pieces.iter().map(Bytes::len).sum::<usize>() < page.len() / 20);
        assert_eq!(decompress(&pieces), [page.as_bytes(), b"# EOF\n"].concat());
    }
}
