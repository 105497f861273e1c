//! `paths.parquet` read back, a block at a time, with the columns that are in its metadata alone. Files of earlier
//! versions, all of whose columns are doubles of the file, are read as well.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::basic::Type as Physical;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{DataType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use serde_json::{Map, Value};

use super::paths::{COLUMNS, CONSTANT, COPIES};
use super::{PATH, to_io};
use crate::estimate::Block;
use crate::files::manifest::ReadError;

pub struct PathsReader {
    path: PathBuf,
    reader: SerializedFileReader<File>,
    names: Vec<String>,
    sources: Vec<Source>,
}

/// Where a column is.
#[derive(Clone, Copy)]
enum Source {
    /// In the file: its number, and whether it is of floats.
    Column(usize, bool),
    Constant(f64),
}

impl PathsReader {
    pub fn open(path: &Path) -> Result<PathsReader, ReadError> {
        let error = |cause| ReadError { path: path.to_path_buf(), cause };
        let file = File::open(path).map_err(error)?;
        let reader = SerializedFileReader::new(file).map_err(|cause| error(to_io(cause)))?;
        let Some((names, sources)) = columns(&reader) else {
            return Err(error(std::io::Error::other("it is no table of paths that this program wrote")));
        };
        Ok(PathsReader { path: path.to_path_buf(), reader, names, sources })
    }

    /// Names of the columns, the path's number left out.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Paths in the file.
    pub fn paths(&self) -> u64 {
        self.reader.metadata().file_metadata().num_rows() as u64
    }

    /// The blocks in path order, with the columns of the given numbers.
    pub fn blocks(&self, columns: &[usize]) -> impl Iterator<Item = Result<Block, ReadError>> {
        (0..self.reader.num_row_groups()).map(move |group| {
            self.block(group, columns)
                .map_err(|cause| ReadError { path: self.path.clone(), cause: to_io(cause) })
        })
    }

    fn block(&self, group: usize, columns: &[usize]) -> Result<Block, ParquetError> {
        let group = self.reader.get_row_group(group)?;
        let paths = group.metadata().num_rows() as usize;
        let mut first = Vec::with_capacity(1);
        ColumnReaderImpl::<Int64Type>::new(
            group.metadata().column(0).column_descr_ptr(),
            group.get_column_page_reader(0)?,
        )
        .read_records(1, None, None, &mut first)?;
        let column = |number: &usize| match self.sources[*number] {
            Source::Constant(value) => Ok(vec![value; paths]),
            Source::Column(number, true) => {
                values::<FloatType>(&*group, number, paths, |value| f64::from(*value))
            }
            Source::Column(number, false) => values::<DoubleType>(&*group, number, paths, |value| *value),
        };
        let columns = columns.iter().map(column).collect::<Result<_, ParquetError>>()?;
        Ok(Block { first: first.first().map_or(0, |first| *first as u64), paths, columns })
    }
}

/// All columns by name, or `None` where it is no table of paths.
fn columns(reader: &SerializedFileReader<File>) -> Option<(Vec<String>, Vec<Source>)> {
    let metadata = reader.metadata().file_metadata();
    let fields = metadata.schema_descr().columns();
    let path = fields.first()?;
    if path.name() != PATH || path.physical_type() != Physical::INT64 {
        return None;
    }
    let mut written = Vec::new();
    for (number, field) in fields.iter().enumerate().skip(1) {
        let is_float = match field.physical_type() {
            Physical::FLOAT => true,
            Physical::DOUBLE => false,
            _ => return None,
        };
        if field.max_def_level() != 1 {
            return None;
        }
        written.push((field.name().to_string(), Source::Column(number, is_float)));
    }
    let about = |key: &str| -> Option<Value> {
        let entry = metadata.key_value_metadata()?.iter().find(|entry: &&KeyValue| entry.key == key)?;
        serde_json::from_str(entry.value.as_ref()?).ok()
    };
    let Some(Value::Array(names)) = about(COLUMNS) else { return Some(written.into_iter().unzip()) };
    let object = |key: &str| match about(key) {
        Some(Value::Object(entries)) => entries,
        _ => Map::new(),
    };
    let (constant, copies) = (object(CONSTANT), object(COPIES));
    let source = |name: &str| written.iter().find(|(known, _)| known == name).map(|(_, source)| *source);
    let mut all = Vec::with_capacity(names.len());
    for name in &names {
        let name = name.as_str()?;
        let found = match (constant.get(name), copies.get(name)) {
            (Some(value), _) => {
                Source::Constant(value.as_f64().map_or(f64::NAN, |value| f64::from(value as f32)))
            }
            (None, Some(of)) => source(of.as_str()?)?,
            (None, None) => source(name)?,
        };
        all.push((name.to_string(), found));
    }
    Some(all.into_iter().unzip())
}

/// A column of a row group; what is null is NaN.
fn values<T: DataType>(
    group: &dyn RowGroupReader,
    number: usize,
    paths: usize,
    value: impl Fn(&T::T) -> f64,
) -> Result<Vec<f64>, ParquetError> {
    let descriptor = group.metadata().column(number).column_descr_ptr();
    let mut reader = ColumnReaderImpl::<T>::new(descriptor, group.get_column_page_reader(number)?);
    let (mut defined, mut known) = (Vec::with_capacity(paths), Vec::with_capacity(paths));
    while defined.len() < paths {
        let (records, _, _) =
            reader.read_records(paths - defined.len(), Some(&mut defined), None, &mut known)?;
        if records == 0 {
            return Err(ParquetError::EOF("a column ends before its row group".into()));
        }
    }
    let mut known = known.iter();
    let next = |level: &i16| if *level == 1 { known.next().map_or(f64::NAN, &value) } else { f64::NAN };
    Ok(defined.iter().map(next).collect())
}
