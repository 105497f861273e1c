//! `paths.parquet` in the making (docs/results.md, "paths.parquet").
//!
//! Values are floats, seven digits: of what one path says no statistic knows more, and sums for `summary.json` are taken
//! in memory, of doubles. A column whose value is the same on every path, and one that is the same as an earlier column on
//! every path, is no column of the file: the file's metadata say what it is ([`COLUMNS`], [`CONSTANT`], [`COPIES`]).
//! Which columns these are is known at the end only. Until it is over such a column is not written; where it ceases to be
//! one, the row groups before are written then, and the footer, which is ours, says where each piece of a column lies.
//!
//! The writer holds one row group, whose number of rows depends on the number of columns alone.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{
    ColumnOrder, Compression, Encoding, GzipLevel, Repetition, SortOrder, Type as Physical,
};
use parquet::data_type::{FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::schema::types::{ColumnDescPtr, ColumnPath, SchemaDescPtr, SchemaDescriptor};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::{Encoded, Encoder, PATH, field, schema, to_io};
use crate::estimate::Block;
use crate::files::atomic::{AtomicFile, WriteError, Written};

/// Keys of the file's metadata, each a text in JSON: all columns in their order, those that are constant with their value
/// (null: not defined on any path), those that are copies with the column that they are copies of.
pub const COLUMNS: &str = "roundtrip.columns";
pub const CONSTANT: &str = "roundtrip.constant";
pub const COPIES: &str = "roundtrip.copies";

/// Bytes of values in a row group, about: what the writer holds.
const GROUP: usize = 16 << 20;

/// Values of a column by which those are found that it may be a copy of.
const BEGINNING: usize = 64;

/// Columns that are encoded before they are written, for each thread.
const AT_A_TIME: usize = 8;

/// A column of a row group is a dictionary and places in it where at most that part of its values are distinct: counts,
/// and amounts that are 0 on most paths, are worth one; numbers that never repeat are not.
const DISTINCT: usize = 4;

/// Of columns of oracle.toml level 6 takes 1% fewer bytes and 1.7 times the instructions in the compressor.
const LEVEL: u32 = 2;

/// The first bytes of a file, and its last.
const MAGIC: &[u8; 4] = b"PAR1";

/// Rows in a row group of so many columns of the run, kept or not.
fn rows_per_group(columns: usize) -> usize {
    1 << (GROUP / 4 / columns.max(1)).clamp(1024, 1 << 20).ilog2()
}

fn properties(dictionary: bool) -> WriterPropertiesPtr {
    let level = GzipLevel::try_new(LEVEL).unwrap_or_default();
    let properties = WriterProperties::builder()
        .set_compression(Compression::GZIP(level))
        .set_dictionary_enabled(dictionary)
        .set_dictionary_page_size_limit(GROUP)
        // Bytes of equal significance lie together, where they compress.
        .set_encoding(Encoding::BYTE_STREAM_SPLIT)
        .set_column_dictionary_enabled(ColumnPath::from(PATH), false)
        .set_column_encoding(ColumnPath::from(PATH), Encoding::DELTA_BINARY_PACKED)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    Arc::new(properties.build())
}

/// What is not defined has one form.
fn bits(value: f64) -> u32 {
    if value.is_nan() { f32::NAN.to_bits() } else { (value as f32).to_bits() }
}

/// What is known of a column from the paths so far.
#[derive(Clone, Copy, PartialEq)]
struct Column {
    /// The first column with the same values on all paths: itself, or the one that it is a copy of.
    like: usize,
    /// Its one value.
    constant: Option<u32>,
}

impl Column {
    /// Does the file have a column of it, whose number is `k`?
    fn is_written(self, k: usize) -> bool {
        self.like == k && self.constant.is_none()
    }
}

/// Hashes one number, which nobody has chosen to make it slow.
#[derive(Default)]
struct Multiplied(u64);

impl Hasher for Multiplied {
    fn finish(&self) -> u64 {
        // The table looks at the first bits and at the last.
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

struct Group {
    rows: usize,
    /// The pieces of the path's numbers and of the columns, where they are written.
    path: ColumnChunkMetaData,
    pieces: Vec<Option<ColumnChunkMetaData>>,
}

/// How columns are written: all of them, which the file may come to have.
struct Form {
    schema: SchemaDescPtr,
    plain: WriterPropertiesPtr,
    dictionary: WriterPropertiesPtr,
}

impl Form {
    fn encoder(&self, properties: &WriterPropertiesPtr) -> Encoder<'_> {
        Encoder { schema: &self.schema, properties: properties.clone() }
    }

    fn path(&self, numbers: &[i64]) -> Result<Encoded, ParquetError> {
        self.encoder(&self.plain).column::<Int64Type>(0, numbers, None)
    }

    fn column(&self, k: usize, values: &[u32]) -> Result<Encoded, ParquetError> {
        let is_known = |value: &f32| !value.is_nan();
        let floats = || values.iter().map(|value| f32::from_bits(*value));
        let defined: Vec<i16> = floats().map(|value| i16::from(is_known(&value))).collect();
        let known: Vec<f32> = floats().filter(is_known).collect();
        let mut distinct = HashSet::with_hasher(BuildHasherDefault::<Multiplied>::default());
        let are_few = values.iter().all(|value| {
            distinct.insert(*value);
            distinct.len() * DISTINCT <= values.len()
        });
        let properties = if are_few { &self.dictionary } else { &self.plain };
        self.encoder(properties).column::<FloatType>(k + 1, &known, Some(&defined))
    }
}

pub struct PathsWriter {
    file: AtomicFile,
    /// Bytes of the file so far.
    length: u64,
    form: Form,
    names: Vec<String>,
    /// Which column of a block each of them is.
    picked: Vec<usize>,
    /// Empty until there is a row group.
    known: Vec<Column>,
    groups: Vec<Group>,
    /// Number of the first path of the open row group.
    first: u64,
    /// The open row group.
    columns: Vec<Vec<u32>>,
    rows: usize,
    rows_per_group: usize,
}

impl PathsWriter {
    /// Begins the file with those columns of the blocks' that are `picked`, in their order.
    pub fn create(path: &Path, columns: &[String], picked: &[usize]) -> Result<PathsWriter, WriteError> {
        PathsWriter::on(AtomicFile::create(path)?, columns, picked)
    }

    fn on(mut file: AtomicFile, columns: &[String], picked: &[usize]) -> Result<PathsWriter, WriteError> {
        let names: Vec<String> = picked.iter().map(|column| columns[*column].clone()).collect();
        let schema = schema_of(&names).map_err(|error| file.error(to_io(error)))?;
        file.write_all(MAGIC).map_err(|cause| file.error(cause))?;
        Ok(PathsWriter {
            file,
            length: MAGIC.len() as u64,
            form: Form { schema, plain: properties(false), dictionary: properties(true) },
            columns: vec![Vec::new(); names.len()],
            names,
            picked: picked.to_vec(),
            known: Vec::new(),
            groups: Vec::new(),
            first: 0,
            rows: 0,
            rows_per_group: rows_per_group(columns.len()),
        })
    }

    /// Adds a block, which follows the one before.
    pub fn add(&mut self, block: &Block) -> Result<(), WriteError> {
        let mut start = 0;
        while start < block.paths {
            if self.rows == 0 {
                self.first = block.first + start as u64;
            }
            let end = block.paths.min(start + self.rows_per_group - self.rows);
            for (column, number) in self.columns.iter_mut().zip(&self.picked) {
                column.extend(block.columns[*number][start..end].iter().map(|value| bits(*value)));
            }
            self.rows += end - start;
            start = end;
            if self.rows == self.rows_per_group {
                self.close_group()?;
            }
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), WriteError> {
        self.write_group().map_err(|error| self.file.error(to_io(error)))?;
        self.columns.iter_mut().for_each(Vec::clear);
        self.rows = 0;
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let now = self.look();
        let before = std::mem::replace(&mut self.known, now);
        let numbers: Vec<i64> = (self.first as i64..).take(self.rows).collect();
        let path = self.append(self.form.path(&numbers)?, 0)?;
        let mut pieces = Vec::with_capacity(self.columns.len());
        while pieces.len() < self.columns.len() {
            let first = pieces.len();
            let (form, known) = (&self.form, &self.known);
            let columns =
                self.columns[first..].par_iter().enumerate().take(AT_A_TIME * rayon::current_num_threads());
            let encode = |(k, values): (usize, &Vec<u32>)| {
                known[first + k].is_written(first + k).then(|| form.column(first + k, values))
            };
            let encoded: Vec<Option<Result<Encoded, ParquetError>>> = columns.map(encode).collect();
            for (k, encoded) in (first..).zip(encoded) {
                let piece = encoded.map(|encoded| self.append(encoded?, k + 1)).transpose()?;
                if piece.is_some() && !self.groups.is_empty() && !before[k].is_written(k) {
                    self.catch_up(k, before[k])?;
                }
                pieces.push(piece);
            }
        }
        self.groups.push(Group { rows: self.rows, path, pieces });
        Ok(())
    }

    /// What is known of the columns with the open row group.
    fn look(&self) -> Vec<Column> {
        // By what the columns were before and how they begin: few that begin alike are not copies.
        let mut firsts: HashMap<(usize, &[u32]), Vec<usize>> = HashMap::with_capacity(self.columns.len());
        let mut known = Vec::with_capacity(self.columns.len());
        for (k, values) in self.columns.iter().enumerate() {
            let before = self.known.get(k);
            let begins = &values[..values.len().min(BEGINNING)];
            let alike = firsts.entry((before.map_or(0, |before| before.like), begins)).or_default();
            let like = match alike.iter().find(|first| self.columns[**first] == *values) {
                Some(first) => *first,
                None => {
                    alike.push(k);
                    k
                }
            };
            let one = values[0];
            let may_be = f32::from_bits(one).is_finite() || f32::from_bits(one).is_nan();
            let was = before.is_none_or(|before| before.constant == Some(one));
            let is_constant = was && may_be && values.iter().all(|value| *value == one);
            known.push(Column { like, constant: is_constant.then_some(one) });
        }
        known
    }

    /// A column that was none of the file so far becomes one: its pieces of the row groups before. They are all full.
    fn catch_up(&mut self, k: usize, before: Column) -> Result<(), ParquetError> {
        for group in 0..self.groups.len() {
            let piece = if let Some(one) = before.constant {
                let encoded = self.form.column(k, &vec![one; self.groups[group].rows])?;
                self.append(encoded, k + 1)?
            } else {
                let missing = || ParquetError::General("a column without its pieces".into());
                let model = self.groups[group].pieces[before.like].clone().ok_or_else(missing)?;
                let (from, length) = model.byte_range();
                let bytes = self.file.written(from, length as usize)?;
                let moved = moved(&model, self.form.schema.column(k + 1), from, self.length)?;
                self.write(&bytes)?;
                moved
            };
            self.groups[group].pieces[k] = Some(piece);
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Writes a piece; where it lies.
    fn append(
        &mut self,
        (bytes, result): Encoded,
        number: usize,
    ) -> Result<ColumnChunkMetaData, ParquetError> {
        let (from, _) = result.metadata.byte_range();
        let moved = moved(&result.metadata, self.form.schema.column(number), from, self.length)?;
        self.write(&bytes)?;
        Ok(moved)
    }

    /// The file is whole.
    pub fn finish(mut self) -> Result<Written, WriteError> {
        if self.rows > 0 {
            self.close_group()?;
        }
        let footer = self.footer().map_err(|error| self.file.error(to_io(error)))?;
        self.write(&footer).map_err(|cause| self.file.error(cause))?;
        self.file.commit()
    }

    fn footer(&mut self) -> Result<Vec<u8>, ParquetError> {
        let is_written = |k: usize| self.known.get(k).is_none_or(|known| known.is_written(k));
        let written: Vec<usize> = (0..self.names.len()).filter(|k| is_written(*k)).collect();
        let names: Vec<String> = written.iter().map(|k| self.names[*k].clone()).collect();
        let schema = schema_of(&names)?;
        let (mut constant, mut copies) = (Map::new(), Map::new());
        for (k, known) in self.known.iter().enumerate() {
            if let Some(one) = known.constant {
                // The float's own digits; NaN is null.
                let value =
                    f32::from_bits(one).to_string().parse::<f64>().ok().filter(|value| !value.is_nan());
                constant.insert(self.names[k].clone(), json!(value));
            } else if known.like != k {
                copies.insert(self.names[k].clone(), json!(self.names[known.like]));
            }
        }
        let entry = |key: &str, value: Value| KeyValue::new(key.to_string(), value.to_string());
        let about = vec![
            entry(COLUMNS, json!(self.names)),
            entry(CONSTANT, constant.into()),
            entry(COPIES, copies.into()),
        ];
        let group = |group: &Group| {
            let pieces: Vec<ColumnChunkMetaData> = std::iter::once(Some(group.path.clone()))
                .chain(written.iter().map(|k| group.pieces[*k].clone()))
                .flatten()
                .collect();
            RowGroupMetaData::builder(schema.clone())
                .set_num_rows(group.rows as i64)
                .set_total_byte_size(pieces.iter().map(|piece| piece.uncompressed_size()).sum())
                .set_column_metadata(pieces)
                .build()
        };
        let groups = self.groups.iter().map(group).collect::<Result<Vec<_>, ParquetError>>()?;
        let rows = self.groups.iter().map(|group| group.rows as i64).sum();
        let by = concat!("roundtrip version ", env!("CARGO_PKG_VERSION")).to_string();
        let columns = 1 + written.len();
        let orders = vec![ColumnOrder::TYPE_DEFINED_ORDER(SortOrder::SIGNED); columns];
        let file = FileMetaData::new(1, rows, Some(by), Some(about), schema, Some(orders));
        let mut footer = Vec::new();
        ParquetMetaDataWriter::new(&mut footer, &ParquetMetaData::new(file, groups)).finish()?;
        order_by_type(&mut footer, columns)?;
        Ok(footer)
    }
}

/// Least and greatest values are declared in the order of the type, as readers know it. The library declares floats in the
/// total order of IEEE 754, which is newer: Arrow's C++ then takes the statistics of a row group for none. Of values that
/// are defined the two orders have the same least and greatest.
///
/// A column's order is a union without content, three bytes; the list of them ends the metadata, which ends before its
/// length and the magic.
fn order_by_type(footer: &mut [u8], columns: usize) -> Result<(), ParquetError> {
    const BY_TYPE: [u8; 3] = [0x1c, 0, 0];
    const TOTAL: [u8; 3] = [0x2c, 0, 0];
    let end = footer.len().saturating_sub(1 + 4 + MAGIC.len());
    let orders = footer[..end].rchunks_exact_mut(3).take(columns);
    for order in orders {
        if order != BY_TYPE && order != TOTAL {
            return Err(ParquetError::General("the order of a column is not where it should be".into()));
        }
        order.copy_from_slice(&BY_TYPE);
    }
    Ok(())
}

fn schema_of(names: &[String]) -> Result<SchemaDescPtr, ParquetError> {
    let mut fields = vec![field(PATH, Physical::INT64, Repetition::REQUIRED)?];
    for name in names {
        fields.push(field(name, Physical::FLOAT, Repetition::OPTIONAL)?);
    }
    Ok(Arc::new(SchemaDescriptor::new(schema("paths", fields)?)))
}

/// A piece that lay at `from` and now lies at `to`, of that column.
fn moved(
    piece: &ColumnChunkMetaData,
    column: ColumnDescPtr,
    from: u64,
    to: u64,
) -> Result<ColumnChunkMetaData, ParquetError> {
    let place = |offset: i64| offset - from as i64 + to as i64;
    let mut moved = ColumnChunkMetaData::builder(column)
        .set_compression_codec(piece.compression_codec())
        .set_encodings_mask(*piece.encodings_mask())
        .set_total_compressed_size(piece.compressed_size())
        .set_total_uncompressed_size(piece.uncompressed_size())
        .set_num_values(piece.num_values())
        .set_data_page_offset(place(piece.data_page_offset()))
        .set_dictionary_page_offset(piece.dictionary_page_offset().map(place));
    if let Some(statistics) = piece.statistics() {
        moved = moved.set_statistics(statistics.clone());
    }
    moved.build()
}

#[cfg(test)]
mod tests {
    use super::super::PathsReader;
    use super::*;
    use crate::files::atomic::tests::{names_in, on_a_disk_with_room};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use rand::{RngExt, SeedableRng, rngs::SmallRng};
    use std::fs::File;

    /// The last four: the same as `raised`, as `raised` up to path 2000, as `fixed` up to there, and `fixed` again.
    const NAMES: [&str; 9] = ["fixed", "raised", "share", "rounds", "never", "copy", "parts", "late", "too"];

    fn names() -> Vec<String> {
        NAMES.map(String::from).to_vec()
    }

    fn paths(first: u64, paths: usize) -> Block {
        let mut rng = SmallRng::seed_from_u64(first);
        let mut columns = vec![Vec::new(); NAMES.len()];
        for path in 0..paths {
            let raised = (rng.random::<f64>() * 100.0 - 20.0).max(0.0);
            let share = if raised == 0.0 { f64::NAN } else { rng.random() };
            let rounds = f64::from(path as u32 % 7);
            let (parts, late) = if path < 2000 { (raised, 0.28) } else { (raised + 1.0, f64::NAN) };
            let row = [0.28, raised, share, rounds, f64::NAN, raised, parts, late, 0.28];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        Block { first, paths, columns }
    }

    fn cut(block: &Block, length: usize) -> Vec<Block> {
        let cut = |start: usize| {
            let end = (start + length).min(block.paths);
            Block {
                first: block.first + start as u64,
                paths: end - start,
                columns: block.columns.iter().map(|column| column[start..end].to_vec()).collect(),
            }
        };
        (0..block.paths).step_by(length).map(cut).collect()
    }

    /// With row groups of 1024 paths, so that a test has several.
    fn written(path: &Path, blocks: &[Block]) -> Written {
        let all: Vec<usize> = (0..NAMES.len()).collect();
        let mut writer = PathsWriter::create(path, &names(), &all).unwrap();
        writer.rows_per_group = 1024;
        blocks.iter().for_each(|block| writer.add(block).unwrap());
        writer.finish().unwrap()
    }

    fn same(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| bits(*a) == bits(*b))
    }

    fn columns_of(path: &Path) -> Vec<String> {
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let schema = reader.metadata().file_metadata().schema_descr().columns().to_vec();
        schema.iter().map(|column| column.name().to_string()).collect()
    }

    #[test]
    fn paths_read_back_with_constants_and_copies() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        let block = paths(500, 3000);
        let described = written(&path, std::slice::from_ref(&block));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(
            (described.bytes, described.sha256),
            (bytes.len() as u64, crate::files::atomic::sha256(&bytes))
        );
        assert_eq!(columns_of(&path), ["path", "raised", "share", "rounds", "parts", "late"]);

        let reader = PathsReader::open(&path).unwrap();
        assert_eq!((reader.names(), reader.paths()), (&names()[..], 3000));
        let all: Vec<usize> = (0..NAMES.len()).collect();
        let blocks: Vec<Block> = reader.blocks(&all).map(Result::unwrap).collect();
        assert_eq!(
            blocks.iter().map(|b| (b.first, b.paths)).collect::<Vec<_>>(),
            [(500, 1024), (1524, 1024), (2548, 952)]
        );
        for (number, column) in block.columns.iter().enumerate() {
            let read: Vec<f64> = blocks.iter().flat_map(|block| block.columns[number].clone()).collect();
            assert!(same(&read, column), "{}", NAMES[number]);
        }
        let some: Vec<Block> = reader.blocks(&[3]).map(Result::unwrap).collect();
        assert_eq!((some[2].columns.len(), some[2].columns[0][951]), (1, f64::from(2999 % 7)));

        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let metadata = reader.metadata().file_metadata();
        let about = |key: &str| -> Value {
            let found = metadata.key_value_metadata().unwrap().iter().find(|entry| entry.key == key).unwrap();
            serde_json::from_str(found.value.as_ref().unwrap()).unwrap()
        };
        assert_eq!(about(CONSTANT), json!({"fixed": 0.28, "never": null, "too": 0.28}));
        assert_eq!(about(COPIES), json!({"copy": "raised"}));
        assert_eq!(metadata.created_by(), Some(concat!("roundtrip version ", env!("CARGO_PKG_VERSION"))));
        // Least and greatest, in an order that readers know.
        for group in reader.metadata().row_groups() {
            for column in group.columns() {
                let statistics = column.statistics().unwrap();
                let defined = statistics.null_count_opt() < Some(group.num_rows() as u64);
                assert_eq!(statistics.min_bytes_opt().is_some(), defined, "{}", column.column_path());
            }
        }
        let orders = metadata.column_orders().unwrap();
        assert!(orders.iter().all(|order| matches!(order, ColumnOrder::TYPE_DEFINED_ORDER(_))), "{orders:?}");
    }

    #[test]
    fn no_two_pieces_lie_in_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        let written = written(&path, &[paths(0, 3000)]);
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let groups = reader.metadata().row_groups();
        let mut places: Vec<(u64, u64)> = groups
            .iter()
            .flat_map(|group| group.columns().iter().map(|column| column.byte_range()))
            .collect();
        places.sort_unstable();
        let mut end = MAGIC.len() as u64;
        for (from, length) in places {
            assert_eq!(from, end);
            end = from + length;
        }
        assert!(end < written.bytes);
    }

    #[test]
    fn only_what_is_picked_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        let block = paths(0, 1500);
        let mut writer = PathsWriter::create(&path, &names(), &[0, 3, 5]).unwrap();
        writer.add(&block).unwrap();
        writer.finish().unwrap();
        let reader = PathsReader::open(&path).unwrap();
        assert_eq!(reader.names(), ["fixed", "rounds", "copy"]);
        let read = reader.blocks(&[2]).next().unwrap().unwrap();
        assert!(same(&read.columns[0], &block.columns[5]));
    }

    #[test]
    fn the_bytes_do_not_depend_on_the_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let block = paths(0, 5000);
        let whole = written(&folder.path().join("whole"), std::slice::from_ref(&block));
        for length in [1, 100, 1024, 1500, 4999] {
            let cut = written(&folder.path().join("cut"), &cut(&block, length));
            assert_eq!((&cut.sha256, cut.bytes), (&whole.sha256, whole.bytes), "{length}");
        }
        let other = written(&folder.path().join("other"), &[paths(1, 5000)]);
        assert_ne!(other.sha256, whole.sha256);
    }

    #[test]
    fn row_groups_are_bounded_in_bytes() {
        for columns in [0, 1, 7, 30, 250, 4000] {
            let rows = rows_per_group(columns);
            assert!(rows.is_power_of_two() && rows * columns * 4 <= GROUP, "{columns}: {rows}");
        }
        assert_eq!(rows_per_group(250), 16_384);
    }

    #[test]
    fn no_paths() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        written(&path, &[]);
        let reader = PathsReader::open(&path).unwrap();
        assert_eq!((reader.paths(), reader.blocks(&[0]).count()), (0, 0));
        assert_eq!(reader.names(), NAMES);
    }

    #[test]
    fn a_full_disk_leaves_nothing_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        let block = paths(0, 20_000);
        let whole = written(&path, std::slice::from_ref(&block)).bytes as usize;
        std::fs::remove_file(&path).unwrap();
        let attempt = |room: usize| {
            let all: Vec<usize> = (0..NAMES.len()).collect();
            let mut writer = PathsWriter::on(on_a_disk_with_room(&path, room), &names(), &all)?;
            writer.rows_per_group = 1024;
            writer.add(&block)?;
            writer.finish()
        };
        for room in [0, 3, 1000, whole / 2, whole - 1, whole] {
            let message = attempt(room).unwrap_err().to_string();
            assert!(message.contains("paths.parquet") && message.contains("free some"), "{message}");
            assert!(names_in(folder.path()).is_empty(), "{room}");
        }
        attempt(whole + 1).unwrap();
        assert_eq!(names_in(folder.path()), ["paths.parquet"]);
    }

    #[test]
    fn what_is_no_table_of_paths_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        let refusal = |path: &Path| PathsReader::open(path).err().unwrap().to_string();
        assert!(refusal(&path).contains("paths.parquet"));
        std::fs::write(&path, "PAR1 and no more").unwrap();
        assert!(refusal(&path).contains("paths.parquet"));
        super::super::write_courses(&path, &[]).unwrap();
        assert!(refusal(&path).contains("no table of paths"));
    }
}
